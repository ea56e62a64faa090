import Testing

@testable import SparrowReports

@Suite struct ResultTableTests {
  @Test(arguments: [
    (0, "0.00"), (1.005e-3, "0.00"), (0.0951, "0.10"), (1.999, "2.00"), (9.994, "9.99"),
    (9.996, "10.0"), (12.34, "12.3"), (99.94, "99.9"), (99.96, "100"), (1234.5, "1235"),
    (-2.5, "-2.50"), (.infinity, "–"),
  ])
  func numbersHaveThreeDigits(_ value: Double, _ text: String) {
    #expect(Digits.text(value) == text)
  }

  @Test func unitsHavePrefixes() {
    #expect(Digits.si(1.5e-6, "s") == "1.50 µs")
    #expect(Digits.si(0.9999, "s") == "1.00 s")
    #expect(Digits.si(2.5e-12, "J") == "2.50 pJ")
    #expect(Digits.si(0, "J") == "0.00 J")
  }

  @Test func tablesAreMarkdown() {
    let table = ResultTable(
      title: "Chips", note: "Simulated.", heading: ["chip", "cycles"], rows: [["sharp", "3"]])
    #expect(
      table.markdown == """
        ## Chips

        Simulated.

        | chip | cycles |
        |---|---:|
        | sharp | 3 |

        """)
  }

  @Test func meansOfRatiosAreGeometric() {
    #expect(abs(geometricMean([1, 4]) - 2) < 1e-12)
  }
}
