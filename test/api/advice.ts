/**
 * The advice of each of the API's sentences (firmware/api/messages.ts), as lines that any engine can be given: what must be so
 * before, the call that is refused, what the sentence says to do, and the same call again. Where the advice is about an
 * argument, the call is said once more as the sentence has it. The same rows run in Node and on the emulated board.
 *
 * A new sentence needs a row here, or a place in WITHOUT_ADVICE with its words, or the test fails.
 */
import { ApiErr } from "../../firmware/api/messages";
import { Err } from "../../firmware/core/errors";

export interface Advice {
  /** The sentence's code in messages.ts. */
  code: number;
  title: string;
  before?: string;
  /** Calls, of which each is refused with the sentence. */
  refused: string[];
  /** What the sentence says to do. */
  does?: string;
  /** What works then; the refused calls themselves when this is absent. */
  works?: string[];
  /** What frees everything again. */
  after?: string;
  /** What is before can be made in Node only. */
  inNode?: boolean;
}

/** Values that are no whole number from 1 on, as an app might have them by mistake. */
const ODD = ["1.5", "NaN", "-1", "'3'", "null", "true", "[]"];
const over = (call: (value: string) => string, values: string[]): string[] => values.map(call);

/** The magic of a map of 0.1, in page 0 of m. */
const OLD_MAP = "z.core.bytes().set([0x5a,0x4d,0x41,0x50],z.core.calls.areaTouch(m.handle,0,1)+24)";

const NAME_OF_24 = "'name of 24 characters...'";
const KEY_OF_100 = "Array(101).join('k')";

export const ADVICE: Advice[] = [
  { code: Err.TooBig, title: "an area as long as the tables say is opened", refused: [...over((v) => `z.area('a',${v})`, ["1032193", "1048576", "2147483647", "2147483648", "1e20", "Infinity"]), "z.map('a',1032193)", "z.device(1,1032704)", "z.device(1,1e20)"],
    works: ["z.area('a',1032192).free()", "z.map('a',1032192).free()", "z.device(1,1032192).free()"] },
  { code: Err.TooBig, title: "a log that leaves its page is opened", refused: ["z.log('a',1032192)"], works: ["z.log('a',1032192-1024).free()"] },
  { code: ApiErr.DurableTooBig, title: "a durable area as long as the sentence says is opened", refused: ["z.area('d',65537,{durable:true})", "z.log('d',65536,{durable:true})", "z.map('d',{durable:true,bytes:65537})"],
    works: ["z.delete(z.area('d',65536,{durable:true}));z.sync()", "z.delete(z.log('d',65536-1024,{durable:true}));z.sync()", "z.delete(z.map('d',{durable:true,bytes:65536}));z.sync()"] },
  { code: Err.NoEntry, title: "an object is freed for another", before: "h=[];for(i=0;i<16;i++)try{h.push(z.area('n'+i,9))}catch(e){}", refused: ["z.area('more',9)"], does: "h.pop().free()", after: "z.free('more');while(h.length)h.pop().free()" },
  { code: Err.NoEntry, title: "pages are freed for others", before: "h=z.area('n',1000000)", refused: ["z.area('more',100000)", "z.device(2,102400)"], does: "h.free()", works: ["z.area('more',100000).free()", "z.device(2,102400).free()"] },
  { code: Err.NoEntry, title: "what is durable is deleted for another", before: "h=z.area('kept',60000,{durable:true});z.sync()", refused: ["z.area('more',6000,{durable:true})"], does: "z.delete(h);z.sync()", after: "z.delete(z.area('more',6000,{durable:true}));z.sync()" },
  { code: ApiErr.Outside, title: "a whole offset inside is taken", before: "a=z.area('a',10);b=new Uint8Array(4)", refused: [...over((v) => `a.at(${v})`, [...ODD, "10", "1e20"]), ...over((v) => `a.write(${v},b)`, [...ODD, "7"]), ...over((v) => `a.slice(0,${v})`, ["1.5", "NaN", "'3'", "11", "1e20"]),
    "a.slice(3,2)", "a.set(10,1)", "a.read(11,b)"], works: ["a.at(0);a.at(-0);a.at(9)", "a.write(6,b)", "a.slice(0,10)", "a.slice(10,10)", "a.read(10,b)", "a.set(9,1)"], after: "a.free()" },
  { code: ApiErr.OtherLength, title: "it is freed first", before: "z.area('a',10)", refused: ["z.area('a',11)", "z.area('a',10,{durable:true})"], does: "z.free('a')", works: ["z.free(z.area('a',11))", "z.delete(z.area('a',10,{durable:true}))"] },
  { code: ApiErr.OtherLength, title: "it is asked for as it is", before: "l=z.log('l',2048);d=z.device(3,1024)", refused: ["z.log('l',2049)", "z.device(3,512)"], works: ["z.log('l',2048)", "z.log('l')", "z.device(3)"], after: "l.free();d.free()" },
  { code: ApiErr.BadName, title: "a name and a length of the sentence are taken", refused: [...over((v) => `z.area('a',${v})`, [...ODD, "0", "-0", "undefined"]), ...over((v) => `z.area(${v},10)`, ["''", "7", "null", "'name of 24 characters....'", "undefined"]), `z.area(${NAME_OF_24},10,{durable:true})`,
    "z.map('',10)", "z.log('l',NaN)"], works: ["z.area('accel',96*1024).free()", "z.area('x',1).free()", `z.area(${NAME_OF_24},10).free()`, "z.delete(z.area('name of 23 characters..',10,{durable:true}))"] },
  { code: ApiErr.Full, title: "an entry as long is deleted", before: "m=z.map('m',2048);n=0;try{for(;;n++)m.set('key'+n,'some text')}catch(e){}", refused: ["m.set('key'+n,'some text')"], does: "m.delete('key0')", after: "m.free()" },
  { code: ApiErr.Full, title: "a map with more bytes takes them", before: "m=z.map('m',2048);n=0;try{for(;;n++)m.set('key'+n,'some text')}catch(e){}", refused: ["m.set('key'+n,'some text')"],
    does: "m.free();m=z.map('m',4096);for(i=0;i<n;i++)m.set('key'+i,'some text')", after: "m.free()" },
  { code: ApiErr.BadKey, title: "a key of 1 to 100 bytes is taken", before: "m=z.map('m',4096)", refused: [...over((v) => `m.set(${v},1)`, ["''", "5", "null", "Array(102).join('k')", "Array(35).join('\\u20ac')"]), "m.get(NaN)", "m.has({})", "m.delete('')"],
    works: [`m.set(${KEY_OF_100},1);m.get(${KEY_OF_100})`, "m.set(Array(34).join('\\u20ac'),1)", "m.set('k',1)"], after: "m.free()" },
  { code: ApiErr.BadValue, title: "what the sentence names is stored", before: "m=z.map('m',4096)", refused: over((v) => `m.set('k',${v})`, ["NaN", "Infinity", "undefined", "function(){}", "new Uint16Array(2)", "new ArrayBuffer(2)"]),
    works: over((v) => `m.set('k',${v})`, ["''", "'text'", "1e300", "-0", "new Uint8Array(0)", "{a:[null,true]}", "null"]), after: "m.free()" },
  { code: ApiErr.Freed, title: "it is opened again", before: "a=z.area('a',10);a.free();m=z.map('m',2048);m.free()", refused: ["a.at(0)", "m.get('k')", "a.free()", "z.free(a)"], does: "a=z.area('a',10);m=z.map('m',2048)", works: ["a.at(0)", "m.get('k')", "a.free();m.free()"] },
  { code: ApiErr.NoBytes, title: "bytes, or text where the sentence says, are taken", before: "a=z.area('a',600);l=z.log('l',2048);d=z.device(0,1024);b=new Uint8Array(512)", refused: ["a.write(0,5)", "a.read(0,'text')", "a.read(0,[1])", "l.append(5)", "l.append(new Uint16Array(2))", "d.write(0,'text')", "d.read(0)"],
    works: ["a.write(0,'text')", "a.write(0,b)", "a.read(0,b)", "l.append('text')", "l.append(b)", "d.write(0,b)", "d.read(0,b)"], after: "a.free();l.free();d.free()" },
  { code: ApiErr.Changed, title: "entries are collected first", before: "l=z.log('l',2048);l.append('a')", refused: ["l.forEach(function(){l.append('b')})"], works: ["n=[];l.forEach(function(e){n.push(e)});n.forEach(function(e){l.append(e)})"], after: "l.free()" },
  { code: ApiErr.WideText, title: "a map and a log take any text", before: "a=z.area('a',10);m=z.map('m',2048);l=z.log('l',2048)", refused: ["a.write(0,'\\u20ac')", "a.write(0,'\\u0100')"], works: ["m.set('k','\\u20ac')", "l.append('\\u20ac')", "a.write(0,'\\u00ff')"], after: "a.free();m.free();l.free()" },
  { code: ApiErr.BadSectors, title: "whole sectors inside the device are taken", before: "d=z.device(0,2048);b=new Uint8Array(1024)", refused: [...over((v) => `d.write(${v},b)`, [...ODD, "3", "1e20"]), ...over((v) => `d.discard(0,${v})`, ["1.5", "NaN", "'1'", "5", "1e20"]), "d.read(0,new Uint8Array(100))"],
    works: ["d.write(2,b)", "d.write(-0,b)", "d.discard(0,4)", "d.discard(4,0)", "d.read(0,b)"], after: "d.free()" },
  { code: ApiErr.NotDurable, title: "it is freed and opened durable", before: "a=z.area('a',10);m=z.map('m',2048)", refused: ["a.sync()", "m.sync()"], does: "a.free();m.free();a=z.area('a',10,{durable:true});m=z.map('m',2048,{durable:true})", after: "z.delete(a);z.delete(m);z.sync()" },
  { code: ApiErr.MemLimit, title: "the limit is raised", before: "d=z.device(0,4096);b=new Uint8Array(512);b[1]=1;d.write(0,b);d.mem_limit=1024", refused: ["d.write(2,b)"], does: "d.mem_limit=4096", after: "d.free()" },
  { code: ApiErr.MemLimit, title: "sectors are discarded", before: "d=z.device(0,4096);b=new Uint8Array(512);b[1]=1;d.write(0,b);d.mem_limit=1024", refused: ["d.write(2,b)"], does: "d.discard(0,2)", after: "d.free()" },
  { code: ApiErr.NoHandler, title: "an event of the sentence and a function are taken", before: "f=function(){}", refused: ["z.on('full',f)", "z.on('lowmemory')", "z.on('budget',5)"], works: ["z.on('lowmemory',f);z.off('lowmemory',f)", "z.on('budget',f);z.off('budget',f)"] },
  { code: ApiErr.TooManyCaches, title: "a cache is freed for another", before: "h=[];for(i=0;i<8;i++)h.push(z.cache('c'+i))", refused: ["z.cache('more')"], does: "h.pop().free()", after: "z.cache('more').free();while(h.length)h.pop().free()" },
  { code: ApiErr.BadDevice, title: "a number and a size of the sentence are taken", refused: [...over((v) => `z.device(${v},1024)`, [...ODD, "16", "1e20"]), ...over((v) => `z.device(0,${v})`, [...ODD, "0", "511", "513", "undefined"])],
    works: ["z.device(0,128*1024).free()", "z.device(15,512).free()", "z.device(-0,1024).free()"] },
  { code: ApiErr.BadFrames, title: "4 frames and as many as there are are taken", before: "n=z.frames()", refused: over((v) => `z.frames(${v})`, [...ODD, "3", "0", "n+1", "1e20", "Infinity"]), works: ["z.frames(4)", "z.frames(n)"] },
  { code: ApiErr.NoFunction, title: "a function is taken", before: "m=z.map('m',2048);l=z.log('l',2048)", refused: ["m.forEach()", "l.forEach(5)"], works: ["m.forEach(function(){})", "l.forEach(function(){},true)"], after: "m.free();l.free()" },
  { code: Err.WrongSize, title: "it is asked for with the bytes of the sentence", before: "z.area('w',3000,{durable:true});z.log('w',{durable:true,bytes:4096});z.sync();z.free('w');z.log('w').free()", refused: ["z.area('w',9000,{durable:true})", "z.log('w',512,{durable:true})"],
    works: ["z.area('w',3072,{durable:true});z.area('w').free()", "z.log('w',4096,{durable:true}).free()"], after: "z.delete(z.area('w',3072,{durable:true}));z.delete(z.log('w',4096,{durable:true}));z.sync()" },
  { code: Err.WrongSize, title: "it is opened so and deleted", before: "z.area('w',3000,{durable:true});z.sync();z.free('w')", refused: ["z.area('w',9000,{durable:true})"], does: "z.delete(z.area('w',3072,{durable:true}))", after: "z.delete(z.area('w'));z.sync()" },
  { code: ApiErr.WrongVersion, title: "a map of another version is cleared", before: `m=z.map('old',4096);${OLD_MAP}`, refused: ["m.get('k')", "m.set('k',1)"], does: "m.clear()", after: "m.free()", inNode: true },
  { code: ApiErr.WrongVersion, title: "a durable map of another version is deleted", before: `m=z.map('old',4096,{durable:true});${OLD_MAP}`, refused: ["m.get('k')"], does: "z.delete(m);m=z.map('old',4096,{durable:true})", after: "z.delete(m);z.sync()", inNode: true },
];

/** Sentences that advise nothing, by their words; and the one whose advice node.test.ts and test/qemu/swap.test.ts try, since it needs a chip of its own. */
export const WITHOUT_ADVICE: string[] = [
  "%: it was freed.", "%: the store is full; what was written before is safe.", "there is no %.", "%: a page on flash is damaged and cannot be read.", "%: the flash chip failed.",
  "%: RAM and swap are full; what was written before is safe.", "%: the value is longer than it can hold.", "%: there is no flash to keep it on.", "%: the store refused.",
  "the flash's write budget is used up: nothing is paged out to it until more has come in.",
];
