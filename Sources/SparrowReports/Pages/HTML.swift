import Foundation
import SparrowFigures

/// Pieces of a page.
enum HTML {
  /// Text without the characters that HTML reserves.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A section with a heading; nothing if it has no contents.
  static func section(_ heading: String, _ contents: String..., note: String? = nil) -> String {
    let body = contents.joined()
    guard !body.isEmpty else { return "" }
    let words = note.map { "<p class=\"note\">\(escaped($0))</p>" } ?? ""
    return "<section><h2>\(escaped(heading))</h2>\(words)\(body)</section>\n"
  }

  /// Drawings beside each other, as far as there is room.
  static func grid(_ figures: [String]) -> String {
    figures.isEmpty ? "" : "<div class=\"grid\">\(figures.joined())</div>\n"
  }

  /// A drawing with its title.
  static func figure(_ title: String, _ drawing: String, note: String? = nil) -> String {
    let words = note.map { "<span class=\"note\"> \(escaped($0))</span>" } ?? ""
    return "<figure><figcaption>\(escaped(title))\(words)</figcaption>\(drawing)</figure>\n"
  }

  /// A number with its name.
  struct Tile {
    var name: String
    var value: String
    var note = ""
  }

  /// Numbers that stand out.
  static func tiles(_ tiles: [Tile]) -> String {
    let items = tiles.map { tile in
      "<div class=\"tile\"><span>\(escaped(tile.name))</span><b>\(escaped(tile.value))</b>"
        + "<small>\(escaped(tile.note))</small></div>"
    }
    return items.isEmpty ? "" : "<div class=\"tiles\">\(items.joined())</div>\n"
  }

  /// A cell of a table.
  enum Cell: ExpressibleByStringLiteral {
    case text(String)
    case number(String)
    /// A fraction from 0 to 1 with a bar.
    case share(Double)
    case missing

    init(stringLiteral value: String) { self = .text(value) }

    var html: String {
      switch self {
      case .text(let text):
        text.count <= 48 ? "<td class=\"s\">\(escaped(text))</td>" : "<td>\(escaped(text))</td>"
      case .number(let text): "<td class=\"n\">\(escaped(text))</td>"
      case .share(let share):
        "<td class=\"n\"><span class=\"bar\"><i style=\"width:"
          + "\(Digits.fixed(100 * min(max(share, 0), 1), 1))%\"></i></span>"
          + "\(Digits.fixed(100 * share, 1))\u{2009}%</td>"
      case .missing: "<td class=\"n\">–</td>"
      }
    }
  }

  /// A table whose columns are as its cells: text to the left, numbers to the right.
  static func table(_ heading: [String], _ rows: [[Cell]]) -> String {
    guard let first = rows.first else { return "" }
    let head = zip(heading, first).map { name, cell in
      if case .text = cell { return "<th>\(escaped(name))</th>" }
      return "<th class=\"n\">\(escaped(name))</th>"
    }
    let body = rows.map { "<tr>\($0.map(\.html).joined())</tr>\n" }
    return "<div class=\"scroll\"><table><thead><tr>\(head.joined())</tr></thead>\n<tbody>"
      + "\(body.joined())</tbody></table></div>\n"
  }

  /// Names of series with their colours.
  static func legend(_ names: [String]) -> String {
    let items = names.enumerated().map { index, name in
      "<span><i style=\"border-top:3px \(Ink.isDashed(index) ? "dashed" : "solid") "
        + "\(Ink.series(index).css)\"></i>\(escaped(name))</span>"
    }
    return "<div class=\"legend\">\(items.joined())</div>\n"
  }

  /// Contents that are folded away.
  static func details(_ title: String, _ contents: String) -> String {
    contents.isEmpty
      ? "" : "<details><summary>\(escaped(title))</summary>\(contents)</details>\n"
  }

  /// A whole page, which needs nothing besides: no other file, network or script.
  static func page(title: String, subtitle: String, _ body: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(escaped(title))</title>
    <style>\(style)</style>
    </head>
    <body>
    <header><h1>\(escaped(title))</h1><p>\(escaped(subtitle))</p></header>
    <main>
    \(body)</main>
    </body>
    </html>

    """
  }

  private static let style = """
    :root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--line:#e1e4ea;--text:#1c2230;\
    --soft:#5d6675;--accent:#2f7fcc}
    @media(prefers-color-scheme:dark){:root{--page:#12151b;--card:#1b2028;--line:#2e3541;\
    --text:#e6e9ef;--soft:#9aa4b4;--accent:#62a8ea}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--page);color:var(--text);\
    font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
    header,main{max-width:1180px;margin:0 auto;padding:0 24px}
    header{padding-top:36px}
    h1{font-size:28px;line-height:1.2;margin:0;letter-spacing:-.01em}
    header p{margin:6px 0 0;color:var(--soft)}
    main{padding-bottom:60px}
    h2{font-size:18px;margin:36px 0 10px}
    h3{font-size:15px;margin:18px 0 8px}
    .note{color:var(--soft);font-size:13px;margin:0 0 10px;font-weight:400}
    .tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(170px,1fr));gap:12px;\
    margin:24px 0}
    .tile{background:var(--card);border:1px solid var(--line);border-radius:10px;\
    padding:12px 16px}
    .tile span,.tile small{display:block;color:var(--soft);font-size:12.5px}
    .tile b{display:block;font-size:23px;font-weight:600;letter-spacing:-.01em;\
    font-variant-numeric:tabular-nums}
    .grid{display:grid;align-items:start;\
    grid-template-columns:repeat(auto-fit,minmax(420px,1fr));gap:14px}
    figure{background:var(--card);border:1px solid var(--line);border-radius:10px;margin:0;\
    padding:12px 14px;min-width:0}
    figcaption{font-weight:600;font-size:14px;margin-bottom:6px}
    figure svg,figure img{display:block;width:100%;height:auto}
    .three{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:14px;\
    margin-bottom:14px}
    .three figure img{height:190px}
    .matrices .note{display:block}
    figure img{image-rendering:pixelated;border-radius:4px}
    audio{display:block;width:100%;height:34px;margin-top:8px}
    svg [fill="#767676"]{fill:var(--soft)}
    svg [stroke="#767676"]{stroke:var(--soft)}
    .wide{margin:0 0 14px}
    .scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);\
    border-radius:10px}
    table{border-collapse:collapse;width:100%;font-size:13.5px;\
    font-variant-numeric:tabular-nums}
    th{font-weight:600;color:var(--soft);text-align:left;vertical-align:bottom}\
    th.n{white-space:normal}
    th,td{padding:6px 11px;border-bottom:1px solid var(--line)}
    tbody tr:last-child td{border-bottom:0}
    .n{text-align:right;white-space:nowrap}
    .s{white-space:nowrap}
    td{overflow-wrap:anywhere}
    .bar{display:inline-block;width:60px;height:6px;border-radius:3px;background:var(--line);\
    margin-right:8px;vertical-align:middle;text-align:left}
    .bar i{display:block;height:6px;border-radius:3px;background:var(--accent)}
    .matrices{display:grid;align-items:start;\
    grid-template-columns:repeat(auto-fill,minmax(210px,1fr));gap:14px}
    .legend{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:13px;margin:8px 0 12px}
    .legend i{display:inline-block;width:20px;margin-right:6px;vertical-align:middle}
    .card{white-space:pre-wrap;background:var(--card);border:1px solid var(--line);\
    border-radius:10px;padding:14px 18px;font:12.5px/1.5 ui-monospace,Menlo,Consolas,monospace}
    summary{cursor:pointer;color:var(--accent);margin:14px 0}
    @media print{:root{--page:#fff;--card:#fff;--line:#ccc;--text:#000;--soft:#444}\
    body{font-size:11px}header,main{max-width:none;padding:0}\
    figure,.tile,tr{break-inside:avoid}h2{break-after:avoid}audio{display:none}\
    .grid{grid-template-columns:1fr 1fr}.scroll{overflow:visible}\
    details::details-content{content-visibility:visible;display:block}}
    @media(max-width:520px){.grid{grid-template-columns:1fr}header,main{padding-left:14px;\
    padding-right:14px}}
    """
}
