/*
 * A glyph cache: text drawn with a font that is too large for RAM. The font (the area that holds fixed_6x12.bdf, fed by the
 * host: a public domain X11 font as BDF text) is read once to enter in a map where each glyph's rows begin; a glyph is drawn
 * from the text the first time, and from the cache as long as it is there. It may vanish: then it is drawn again.
 */
var z = require("zcache");
var font = z.area("fixed_6x12.bdf");
var places = z.map("places", 96 * 1024);
var glyphs = z.cache("glyphs");
var ROWS = 12;

/* Calls each(line, offset behind it) for every line that begins with E or B: ENCODING, BBX, BITMAP, ENDCHAR. */
function forEachLine(each) {
  var piece = new Uint8Array(256), text = "", takes = true;
  for (var at = 0; at < font.length; at += 256) {
    var got = font.read(at, piece);
    for (var i = 0; i < got; i++) {
      var byte = piece[i];
      if (byte === 10) {
        if (text !== "") each(text, at + i + 1);
        text = "";
        takes = true;
      } else if (takes) {
        if (text === "" && byte !== 69 && byte !== 66) takes = false;
        else text += String.fromCharCode(byte);
      }
    }
  }
}

function index() {
  var code = 0;
  forEachLine(function (line, end) {
    if (line.slice(0, 9) === "ENCODING ") code = +line.slice(9);
    if (line === "BITMAP") places.set("" + code, end);
  });
}

/* The rows of a glyph, a byte each, from the font's text: two hex digits and a line feed a row. */
function draw(code) {
  var place = places.get("" + code), rows = new Uint8Array(ROWS);
  if (place === undefined) return rows;
  var text = font.slice(place, place + 3 * ROWS), row = 0;
  for (var i = 0; i < text.length && text[i] !== 69; i += 3) rows[row++] = parseInt(String.fromCharCode(text[i], text[i + 1]), 16);
  return rows;
}

function glyph(code) {
  var rows = glyphs.get("" + code);
  if (rows === undefined) glyphs.put("" + code, rows = draw(code));
  return rows;
}

/* Prints a text, row by row, and returns a checksum of its rows. */
function show(text, quiet) {
  var sum = 0;
  for (var row = 0; row < ROWS; row++) {
    var line = "";
    for (var i = 0; i < text.length; i++) {
      var bits = glyph(text.charCodeAt(i))[row];
      sum = (sum * 31 + bits) % 1000003;
      for (var bit = 7; !quiet && bit > 1; bit--) line += bits >> bit & 1 ? "#" : " ";
    }
    if (!quiet && row > 1 && row < 11) print("|" + line);
  }
  return sum;
}

index();
print("font       " + font.length + " bytes, " + places.size + " glyphs");
show("64 KB, 1 font");
show("\u00b15 \u00b5s \u0141\u00f3d\u017a");
var sums = [], texts = ["The quick brown fox jumps over the lazy dog", "P\u0159\u00edli\u0161 \u017elu\u0165ou\u010dk\u00fd k\u016f\u0148", "Zwei Boxk\u00e4mpfer jagen Eva quer durch Sylt"];
for (var round = 0; round < 3; round++) for (var t = 0; t < texts.length; t++) sums.push(show(texts[t], true));
print("drawn      " + sums.join(" "));
