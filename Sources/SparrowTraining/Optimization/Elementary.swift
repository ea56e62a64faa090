#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

func cosine(_ angle: Double) -> Double { cos(angle) }

func power(_ base: Double, _ exponent: Int) -> Double { pow(base, Double(exponent)) }
