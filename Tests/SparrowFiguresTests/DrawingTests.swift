import Foundation
import Testing

@testable import SparrowFigures

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What a parser that knows nothing of drawings finds in one.
final class ParsedDrawing: NSObject, XMLParserDelegate {
  struct Element {
    var name: String
    var attributes: [String: String]
    var text = ""

    func number(_ attribute: String) -> Double? { attributes[attribute].flatMap(Double.init) }
  }

  private(set) var elements: [Element] = []
  private var open: [Int] = []
  private(set) var isWellFormed = false

  init(_ drawing: Drawing) {
    super.init()
    let parser = XMLParser(data: Data(drawing.svg.utf8))
    parser.delegate = self
    isWellFormed = parser.parse()
  }

  func all(_ name: String) -> [Element] { elements.filter { $0.name == name } }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    open.append(elements.count)
    elements.append(Element(name: name, attributes: attributes))
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    open.removeLast()
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    if let last = open.last { elements[last].text += text }
  }
}

struct DrawingTests {
  private func drawing() -> Drawing {
    Drawing(width: 200, height: 100, title: "A", description: "B")
  }

  @Test func numbersAreShortAndRounded() {
    let examples: [(Double, Int, String)] = [
      (0, 2, "0"), (-0.001, 2, "0"), (1, 2, "1"), (-1.5, 2, "-1.5"), (2.346, 2, "2.35"),
      (10.03, 2, "10.03"), (10.03, 1, "10"), (1003, 0, "1003"), (-0.2, 1, "-0.2"),
      (99.96, 1, "100"),
    ]
    for (value, digits, expected) in examples {
      #expect(fixedPoint(value, digits: digits) == expected)
    }
    for index in 0..<1000 {
      let value = Double(index * 7919 % 20_011 - 10_000) / 100
      #expect(Double(fixedPoint(value, digits: 2)) == value)
    }
  }

  @Test func wordsSurviveWhateverIsInThem() {
    let words = "a < b & \"c\" > 'd' \u{1F99C} k = ½"
    var drawing = Drawing(width: 10, height: 10, title: words, description: "x\u{0}y")
    drawing.text(words, at: Point(1, 2), isUpright: true)
    let parsed = ParsedDrawing(drawing)
    #expect(parsed.isWellFormed)
    #expect(parsed.all("title")[0].text == words)
    #expect(parsed.all("text")[0].text == words)
    #expect(parsed.all("desc")[0].text == "x y")
  }

  @Test func everyShapeIsAnElement() {
    var drawing = drawing()
    drawing.line(from: Point(0, 1), to: Point(2, 3.456), .grid)
    drawing.polyline([Point(0, 0), Point(1, 1), Point(2, 0)], .series(0))
    drawing.polyline([Point(0, 0)], .series(0))
    drawing.rectangle(Rectangle(left: 1, top: 2, right: 4, bottom: 8), .series(1))
    for marker in Marker.allCases { drawing.marker(marker, at: Point(9, 9), radius: 2, .text) }
    let parsed = ParsedDrawing(drawing)
    #expect(parsed.isWellFormed)
    #expect(parsed.all("line")[0].number("y2") == 3.46)
    #expect(parsed.all("polyline").map { $0.attributes["points"] } == ["0,0 1,1 2,0"])
    #expect(parsed.all("rect")[0].number("width") == 3)
    #expect(parsed.all("rect")[0].number("height") == 6)
    #expect(parsed.all("rect").count == 2)
    #expect(parsed.all("circle").count == 1)
    #expect(parsed.all("polygon").count == 2)
    #expect(parsed.all("svg")[0].attributes["viewBox"] == "0 0 200 100")
  }
}
