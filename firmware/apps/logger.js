/*
 * A sensor logger whose history is ten times the RAM of a 64 KB board. A weather station's recording (the area that holds
 * weather_climavue.csv, fed by the host) is taken as what the sensor sends, again and again, until 690 000 bytes were sent;
 * the log keeps the newest 660 KB of them. Then it is read from the newest entry back and compared with the recording.
 *
 * A few lines at a time, by a timer: in between the board answers its line and does the store's idle work.
 */
var z = require("zcache");
var recording = z.area("weather_climavue.csv");
var log = z.log("history", 660 * 1024);
var HISTORY_BYTES = 690000, BATCH = 32, TEMPERATURE = 11;

/* The length of each line of the recording, once it was sent. */
var lengths = new Uint16Array(900), lines = 0, sent = 0, at = 0, bytes = 0, coldest = 999, warmest = -999;

/* The length of the line at `from`, without its line feed. */
function lineLength(from) {
  var piece = new Uint8Array(128), length = 0;
  for (;;) {
    var got = recording.read(from + length, piece);
    for (var i = 0; i < got; i++) if (piece[i] === 10) return length + i;
    length += got;
    if (got < 128) return length;
  }
}

/* Field number `field` of a line as a number. */
function fieldOf(line, field) {
  var text = "";
  for (var i = 0; i < line.length && field >= 0; i++) {
    if (line[i] === 44) field--;
    else if (field === 0) text += String.fromCharCode(line[i]);
  }
  return text === "" ? NaN : +text;
}

function sendLine() {
  if (at >= recording.length) at = sent = 0;
  if (sent === lines) lengths[lines++] = lineLength(at);
  var line = recording.slice(at, at + lengths[sent]);
  if (bytes < recording.length) {
    var degrees = fieldOf(line, TEMPERATURE);
    if (degrees < coldest) coldest = degrees;
    if (degrees > warmest) warmest = degrees;
  }
  log.append(line);
  at += line.length + 1;
  bytes += line.length;
  sent++;
}

/* Goes back through recording and log together: every entry must be the line that was sent. */
function report() {
  var compared = 0, wrong = 0, start = at, line = sent, expected = new Uint8Array(512);
  log.forEach(function (entry) {
    if (line === 0) { line = lines; start = recording.length; if (recording.at(start - 1) !== 10) start++; }
    line--;
    start -= lengths[line] + 1;
    recording.slice(start, start + lengths[line], expected);
    if (entry.length !== lengths[line]) wrong++;
    for (var i = 0; i < entry.length; i += 5) if (entry[i] !== expected[i]) wrong++;
    compared += entry.length;
  }, true);
  print("recording  " + lines + " lines, " + recording.length + " bytes");
  print("sent       " + bytes + " bytes; " + coldest.toFixed(1) + " to " + warmest.toFixed(1) + " degrees");
  print("history    " + log.length + " entries, " + compared + " bytes: " + (compared / 65536).toFixed(1) + " times 64 KB");
  print("compared   " + (wrong ? wrong + " bytes are WRONG" : "every entry is the line that was sent"));
}

function step() {
  for (var i = 0; i < BATCH && bytes < HISTORY_BYTES; i++) sendLine();
  if (bytes < HISTORY_BYTES) setTimeout(step, 1);
  else report();
}

step();
