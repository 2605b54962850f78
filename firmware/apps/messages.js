/*
 * A message store: sentences of GPS receivers (the area that holds nmea_mixed_receivers, fed by the host) become messages
 * as JSON in a map, under their number; a log keeps the order in which they came, and an index, a map as well, the newest of each
 * kind. Messages are found, answered and deleted as a phone's would be.
 */
var z = require("zcache");
var line = z.area("nmea_mixed_receivers");
var messages = z.map("messages", 256 * 1024);
var newest = z.map("newest", 16 * 1024);
var inbox = z.log("inbox", 32 * 1024);
var MESSAGES = 1000, BATCH = 20;
var at = 0, count = 0, refused = 0;

/* The text of the sentence at `at`, which moves on behind it. */
function nextSentence() {
  var piece = line.slice(at, Math.min(at + 120, line.length)), text = "", i = 0;
  for (; i < piece.length && piece[i] !== 10; i++) if (piece[i] !== 13) text += String.fromCharCode(piece[i]);
  at += i + 1;
  return text;
}

/* $GPGGA,field,field*5C: the checksum is the xor of what is between $ and *. */
function parse(text) {
  var star = text.lastIndexOf("*"), sum = 0;
  if (text.charAt(0) !== "$" || star < 0) return undefined;
  for (var i = 1; i < star; i++) sum ^= text.charCodeAt(i);
  if (sum !== parseInt(text.slice(star + 1, star + 3), 16)) return undefined;
  var fields = text.slice(1, star).split(",");
  return { from: fields[0].slice(0, 2), kind: fields[0].slice(2), fields: fields.slice(1), read: false };
}

function receive() {
  var message = parse(nextSentence());
  if (!message) { refused++; return; }
  var id = "" + count++;
  message.id = +id;
  messages.set(id, message);
  newest.set(message.kind, +id);
  inbox.append(id);
}

/* Marks as read what is asked for, and deletes the oldest tenth. */
function tidy() {
  for (var id = 0; id < count; id += 7) {
    var message = messages.get("" + id);
    message.read = true;
    messages.set("" + id, message);
  }
  for (var old = 0; old < count / 10; old++) messages["delete"]("" + old);
}

function report() {
  var kinds = {}, unread = 0, fields = 0;
  messages.forEach(function (message) {
    kinds[message.kind] = (kinds[message.kind] || 0) + 1;
    if (!message.read) unread++;
    fields += message.fields.length;
  });
  print("received   " + count + " messages, " + refused + " refused for their checksum");
  print("kept       " + messages.size + ", unread " + unread + ", fields " + fields);
  Object.keys(kinds).sort().forEach(function (kind) { print("  " + kind + "      " + kinds[kind] + ", newest " + newest.get(kind)); });
  print("last three " + inbox.tail(3).map(function (id) { return messages.get(id).from + messages.get(id).kind + " " + messages.get(id).fields[0]; }).join("; "));
  print("gone       " + messages.get("5"));
}

function step() {
  for (var i = 0; i < BATCH && count < MESSAGES && at < line.length; i++) receive();
  if (count < MESSAGES && at < line.length) { setTimeout(step, 1); return; }
  tidy();
  report();
}

step();
