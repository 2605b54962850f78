/**
 * What the API promises, as a script of lines any engine can be given one by one, and what each prints. The same lines run
 * in Node on both builds of the core and on the emulated board: "works identically" is this file. ES5 only; each line fits a
 * packet. `t` runs a function and prints what it returned or why it threw.
 */
const FULL = "-8 map small is full, the N bytes left are too few or in pieces: delete an entry as long as this one first, or open it with more bytes.";
export interface Line { code: string; prints: string[]; }

function line(code: string, ...prints: string[]): Line { return { code, prints }; }

export const PRELUDE = "function show(v){if(v===undefined)return'undefined';if(v&&v.BYTES_PER_ELEMENT){var s='<';"
  + "for(var i=0;i<v.length;i++)s+=(i?' ':'')+v[i];return s+'>'}return typeof v=='string'?v:JSON.stringify(v)}"
  + "function t(f){try{print(show(f()))}catch(e){print((e.code===undefined?'':e.code+' ')+e.message)}}";

export const AREA: Line[] = [
  line("a=z.area('accel',5000);t(function(){return a.length})", "5000"),
  line("t(function(){return z.area('accel')===a&&z.area('accel',5000)===a})", "true"),
  line("t(function(){return a.write(4990,'hello')});t(function(){return a.at(4991)})", "5", "101"),
  line("b=new Uint8Array(8);t(function(){return a.read(4988,b)});t(function(){return b})", "8", "<0 0 104 101 108 108 111 0>"),
  line("t(function(){return a.read(4996,b)});t(function(){return a.read(5000,b)})", "4", "0"),
  line("t(function(){a.set(1023,511);return a.at(1023)})", "255"),
  line("t(function(){return a.slice(4990,4995)});t(function(){return a.slice(4990,4993,b)===b});t(function(){return b[0]+b[1]+b[2]})", "<104 101 108 108 111>", "true", "313"),
  line("t(function(){a.fill(7);return a.at(0)+a.at(4999)})", "14"),
  line("t(function(){return a.write(1000,new Uint8Array([1,2,3]))});t(function(){return a.slice(999,1004)})", "3", "<7 1 2 3 7>"),
  line("t(function(){a.write(4999,'ab')})", "-1 area accel: offsets are whole numbers, and a range lies between 0 and its length."),
  line("t(function(){a.at(5000)});t(function(){a.at(-1)})", "-1 area accel: offsets are whole numbers, and a range lies between 0 and its length.", "-1 area accel: offsets are whole numbers, and a range lies between 0 and its length."),
  line("t(function(){a.at(1.5)});t(function(){a.slice(3,2)})", "-1 area accel: offsets are whole numbers, and a range lies between 0 and its length.", "-1 area accel: offsets are whole numbers, and a range lies between 0 and its length."),
  line("t(function(){a.write(0,'\\u20ac')});t(function(){return a.at(0)})", "-1 area accel: the text has a character above U+00FF: maps and logs take any.", "7"),
  line("t(function(){a.read(0,new Uint16Array(4))});t(function(){a.read(0,[1,2])});t(function(){a.write(0,12)})", "-1 area accel: expected a Uint8Array; what is written to an area or a log may be text.",
    "-1 area accel: expected a Uint8Array; what is written to an area or a log may be text.", "-1 area accel: expected a Uint8Array; what is written to an area or a log may be text."),
  line("t(function(){z.area('accel',6000)})", "-1 area accel is open with another length, or not durable: free it first, or ask for what it is."),
  line("t(function(){z.area('',10)});t(function(){z.area('x',0)});t(function(){z.area('none')});t(function(){z.area(7,7)})", ...Array<string>(4)
    .fill("-1 a name has 1 to 24 characters (durable: 23 bytes) and a length is a whole number above 0: z.area(\"accel\", 96 * 1024).")),
  line("t(function(){z.area('vast',2000000000)})", "-2 area vast is too long: the board's tables hold 1032192 bytes in all together, and a log takes a page more."),
  line("t(function(){z.area('accel',5000,{durable:true})})", "-1 area accel is open with another length, or not durable: free it first, or ask for what it is."),
  line("t(function(){a.sync()})", "-1 area accel: nothing of it outlives a reset: free it and open it with { durable: true }."),
  line("t(function(){a.read('0',b)});t(function(){a.at(true)});t(function(){a.read(null,b)});t(function(){a.slice('0','2')});t(function(){a.slice(0)})", ...Array<string>(5)
    .fill("-1 area accel: offsets are whole numbers, and a range lies between 0 and its length.")),
  line("t(function(){a.set(0,{valueOf:function(){return 9}});return a.at(0)});t(function(){a.fill('8');return a.at(1)})", "9", "8"),
  line("t(function(){a.set(0,{valueOf:function(){a.free();return 7}})})", "-1 area accel was freed: open it again."),
  line("a=z.area('accel',64);t(function(){a.fill({valueOf:function(){a.free();return 7}})});a=z.area('accel',5000)", "-1 area accel was freed: open it again."),
  line("t(function(){z.free({})});t(function(){z.delete({})});t(function(){z.free({handle:-1,shape:77})});t(function(){z.free({handle:a.handle})})", ...Array<string>(4).fill("-4 there is no area [object Object].")),
  line("t(function(){return Object.keys(a).join()})", "name,bytes,handle,shape"),
  line("a.free();t(function(){a.at(0)});t(function(){a.free()});t(function(){a.sync()})", ...Array<string>(3).fill("-1 area accel was freed: open it again.")),
  line("t(function(){return z.area('accel',64).at(0)});z.free('accel');t(function(){z.free('accel')})", "0", "-4 there is no area accel."),
];

export const MAP: Line[] = [
  line("m=z.map('seen');t(function(){return m.size});t(function(){return m.get('0c:2a')})", "0", "undefined"),
  line("m.set('0c:2a',{rssi:-71,at:1712});t(function(){return m.get('0c:2a')});t(function(){return m.get('0c:2a').rssi})", "{\"rssi\":-71,\"at\":1712}", "-71"),
  line("m.set('n',3.25);m.set('s','gr\\u00fc\\u00df \\u20ac');m.set('b',new Uint8Array([1,255]));m.set('l',[1,null,true])"),
  line("t(function(){return m.get('n')+1});t(function(){return m.get('s')==='gr\\u00fc\\u00df \\u20ac'});t(function(){return m.get('b')});t(function(){return m.get('l')})", "4.25", "true", "<1 255>", "[1,null,true]"),
  line("t(function(){return m.size});t(function(){return m.has('n')});t(function(){return m.delete('n')});t(function(){return m.delete('n')});t(function(){return m.has('n')})", "5", "true", "true", "false", "false"),
  line("t(function(){return m.keys().sort().join()})", "0c:2a,b,l,s"),
  line("n=0;m.forEach(function(v,k){n+=k.length});t(function(){return n})", "8"),
  line("m.set('s','');t(function(){return m.get('s')==='' });t(function(){return m.size})", "true", "4"),
  line("u=new Uint8Array(3000);u[2999]=9;m.set('u',u);t(function(){var v=m.get('u');return v.length+v[2999]})", "3009"),
  line("m.set('u','short');t(function(){return m.get('u')})", "short"),
  line("t(function(){m.set('f',function(){})});t(function(){m.set('f',undefined)});t(function(){m.set('f',NaN)})", ...Array<string>(3)
    .fill("-1 map seen: that cannot be stored: text, finite numbers, Uint8Array and what JSON can say can be.")),
  line("c={};c.c=c;t(function(){m.set('f',c)});t(function(){m.set('f',new Uint16Array(2))});t(function(){return m.has('f')})", ...Array<string>(2)
    .fill("-1 map seen: that cannot be stored: text, finite numbers, Uint8Array and what JSON can say can be."), "false"),
  line("t(function(){m.set('',1)});t(function(){m.get(5)});t(function(){m.has(new Array(102).join('k'))})", ...Array<string>(3)
    .fill("-1 map seen: a key is text of 1 to 100 bytes.")),
  line("k=new Array(101).join('k');m.set(k,1);t(function(){return m.get(k)});m.delete(k)", "1"),
  line("for(i=0;i<300;i++)m.set('key'+i,{i:i});t(function(){return m.size})", "305"),
  line("t(function(){for(var i=0;i<300;i++)if(m.get('key'+i).i!=i)return i;return 'all'})", "all"),
  line("for(i=0;i<300;i++)m.delete('key'+i);t(function(){return m.size})", "5"),
  line("m.forEach(function(v,k){m.delete(k)});t(function(){return m.size})", "0"),
  line("m.set('x',1);m.clear();t(function(){return m.size});t(function(){return z.map('seen')===m})", "0", "true"),
  line("q=z.map('small',2048);n=0;function u(f){t(function(){try{f()}catch(e){var s=e.message;e.message=s.slice(0,s.indexOf('the ')+4)+'N'+s.slice(s.indexOf(' bytes left'));throw e}})}"),
  line("u(function(){for(;;n++)q.set('key'+n,'some text')});t(function(){return q.room<100})", FULL, "true"),
  line("t(function(){return q.size===n&&q.get('key'+(n-1))});u(function(){q.set('key0',new Uint8Array(900))})", "some text", FULL),
  line("t(function(){return q.get('key0')});t(function(){q.set('long',new Uint8Array(2100))})", "some text", "-2 map small: the value is longer than it can hold."),
  line("q.free();t(function(){q.get('key0')});t(function(){q.size})", ...Array<string>(2).fill("-1 map small was freed: open it again.")),
  line("t(function(){m.set('f',new ArrayBuffer(4))});t(function(){m.set('f',new DataView(new ArrayBuffer(4)))});t(function(){m.set('f',{byteLength:4})})", ...Array<string>(2)
    .fill("-1 map seen: that cannot be stored: text, finite numbers, Uint8Array and what JSON can say can be."), "undefined"),
  line("t(function(){m.forEach()});t(function(){m.clear();m.forEach(5)})", ...Array<string>(2).fill("-1 map seen: forEach takes a function.")),
  line("q=z.map('gone',2048);t(function(){q.set('k',{toJSON:function(){q.free();q=z.area('gone',3000);return 1}})});t(function(){return q.at(0)});q.free()", "-1 map gone was freed: open it again.", "0"),
  line("t(function(){m.sync()});m.free()", "-1 map seen: nothing of it outlives a reset: free it and open it with { durable: true }."),
];

export const LOG: Line[] = [
  line("l=z.log('events',2048);t(function(){return l.length});t(function(){return l.tail()})", "0", "[]"),
  line("l.append('boot');l.append(new Uint8Array([1,2]));l.append('');t(function(){return l.length})", "3"),
  line("l.forEach(function(e,i){print(i,show(e))})", "0 boot", "1 <1 2>", "2 "),
  line("l.forEach(function(e,i){print(i,show(e))},true)", "0 ", "1 <1 2>", "2 boot"),
  line("t(function(){return l.tail(2)[0]});t(function(){return l.tail(99).length})", "<1 2>", "3"),
  line("for(i=0;i<500;i++)l.append('entry '+i);t(function(){return l.tail(2).join()})", "entry 498,entry 499"),
  line("t(function(){var f;l.forEach(function(e){f=f||e});return l.length<200&&f==='entry '+(500-l.length)})", "true"),
  line("t(function(){l.append(5)});t(function(){l.append(new Uint16Array(2))})", ...Array<string>(2).fill("-1 log events: expected a Uint8Array; what is written to an area or a log may be text.")),
  line("t(function(){l.append(new Uint8Array(2048))});t(function(){return l.tail(1)[0]})", "-2 log events: the value is longer than it can hold.", "entry 499"),
  line("t(function(){l.forEach(function(){l.append('more')})})", "-1 log events changed while it was read: collect first, then append."),
  line("l.clear();t(function(){return l.length});l.append('\\u20ac');t(function(){return l.tail(1)[0]==='\\u20ac'})", "0", "true"),
  line("for(i=0;i<12;i++)l.append('e'+i);t(function(){return [l.tail(1.7).length,l.tail('1').length,l.tail(null).length,l.tail(-1).length]})", "[1,10,10,0]"),
  line("t(function(){l.forEach(4)});t(function(){l.clear();l.forEach()})", ...Array<string>(2).fill("-1 log events: forEach takes a function.")),
  line("l.free();t(function(){l.append('x')});t(function(){l.length})", ...Array<string>(2).fill("-1 log events was freed: open it again.")),
];

export const CACHE: Line[] = [
  line("c=z.cache('tiles');t(function(){return c.get('k')});t(function(){return c.put('k',{a:1})});t(function(){return c.get('k')})", "undefined", "true", "{\"a\":1}"),
  line("t(function(){return c.put('k','two')});t(function(){return c.get('k')});t(function(){return c.get('k')})", "true", "two", "two"),
  line("u=new Uint8Array(2500);u[2400]=5;t(function(){return c.put('t',u)});t(function(){return c.get('t')[2400]})", "true", "5"),
  line("t(function(){return c.delete('k')});t(function(){return c.delete('k')});t(function(){return c.get('k')})", "true", "false", "undefined"),
  line("t(function(){c.put('k',undefined)});t(function(){c.put('',1)});u=0",
    "-1 cache tiles: that cannot be stored: text, finite numbers, Uint8Array and what JSON can say can be.", "-1 cache tiles: a key is text of 1 to 100 bytes."),
  line("d=z.cache('other');t(function(){return d!==c&&z.cache('tiles')===c});d.put('t','theirs');t(function(){return d.get('t')})", "true", "theirs"),
  line("c.clear();t(function(){return c.get('t')});t(function(){return d.get('t')})", "undefined", "theirs"),
  line("c.free();d.free();t(function(){c.get('t')})", "-1 cache tiles was freed: open it again."),
  line("c=z.cache('tiles');t(function(){c.put('k',{toJSON:function(){c.free();return 2}})});c=z.cache('tiles');t(function(){return c.get('k')});c.free()", "-1 cache tiles was freed: open it again.", "undefined"),
  line("for(i=0;i<8;i++)z.cache('c'+i);t(function(){z.cache('c8')});for(i=0;i<8;i++)z.cache('c'+i).free()", "-1 8 caches are open: free one first."),
];

export const DEVICE: Line[] = [
  line("d=z.device(0,8192);t(function(){return d.disksize});t(function(){return z.device(0)===d})", "8192", "true"),
  line("s=new Uint8Array(1024);s[0]=1;s[1023]=2;t(function(){return d.write(3,s)});r=new Uint8Array(512);t(function(){return d.read(4,r)});t(function(){return r[511]})", "1024", "512", "2"),
  line("t(function(){return d.stats().pages});t(function(){var s=d.stats();return s.pages_unwritten+s.pages_resident+s.pages_compressed+s.pages_same+s.pages_on_flash})", "8", "8"),
  line("d.discard(4,1);t(function(){d.read(3,s);return s[0]+s[1023]})", "1"),
  line("t(function(){d.write(15,s)});t(function(){d.read(0,new Uint8Array(100))});t(function(){d.discard(-1,1)});t(function(){d.discard(0,0.5)})", ...Array<string>(4)
    .fill("-1 device 0: sectors have 512 bytes, and a transfer is whole ones inside the device.")),
  line("t(function(){d.write(0,'text')})", "-1 device 0: expected a Uint8Array; what is written to an area or a log may be text."),
  line("d.mem_limit=1;t(function(){d.write(0,r)});d.mem_limit=0;t(function(){return d.write(0,r)})", "-3 device 0: its mem_limit is reached; what was written before is safe: raise it or discard sectors.", "512"),
  line("t(function(){z.device(16,512)});t(function(){z.device(1,700)});t(function(){z.device(1)})", ...Array<string>(3)
    .fill("-1 a device has a number from 0 to 15 and a size of whole sectors of 512 bytes: z.device(0, 128 * 1024).")),
  line("t(function(){d.write('0',r)});t(function(){d.discard('0','1')})", ...Array<string>(2).fill("-1 device 0: sectors have 512 bytes, and a transfer is whole ones inside the device.")),
  line("d.mem_limit='1';t(function(){return d.write(0,r)});t(function(){return Object.keys(d).join()})", "512", "name,bytes,handle,shape,mem_limit"),
  line("t(function(){z.device('0')})", "-1 a device has a number from 0 to 15 and a size of whole sectors of 512 bytes: z.device(0, 128 * 1024)."),
  line("d.free();t(function(){d.read(0,r)})", "-1 device 0 was freed: open it again."),
];

export const STORE: Line[] = [
  line("a=b=c=d=k=l=m=q=r=s=u=0"),
  line("t(function(){return require('zcache')===z})", "true"),
  line("t(function(){return typeof z.stats().frontswap.loads});t(function(){return typeof z.stats('zswap').stored_pages})", "number", "number"),
  line("t(function(){return z.frames()>8});t(function(){z.frames(1)})", "true", "-1 z.frames takes a number of frames: 4 or more, and no more than the board has."),
  line("f=z.frames();t(function(){return f-z.frames(f-2)});t(function(){return z.frames(f)===f})", "2", "true"),
  line("t(function(){z.frames('8')});t(function(){z.frames(8.5)});t(function(){z.frames(1e9)});t(function(){z.frames(NaN)})", ...Array<string>(4)
    .fill("-1 z.frames takes a number of frames: 4 or more, and no more than the board has.")),
  line("t(function(){z.on('toString',t)});t(function(){z.off('toString',t);z.off()})", "-1 z.on takes \"lowmemory\" or \"budget\", and a function.", "undefined"),
  line("t(function(){z.on('nothing',t)});t(function(){z.on('lowmemory',5)})", ...Array<string>(2).fill("-1 z.on takes \"lowmemory\" or \"budget\", and a function.")),
  line("h=function(e){print(e.event,e.reason)};z.on('lowmemory',h);d=z.device(0,4096);d.write(0,new Uint8Array(512));d.mem_limit=1"),
  line("t(function(){d.write(0,new Uint8Array(512))})", "lowmemory device 0: its mem_limit is reached; what was written before is safe: raise it or discard sectors.",
    "-3 device 0: its mem_limit is reached; what was written before is safe: raise it or discard sectors."),
  line("z.off('lowmemory',h);t(function(){d.write(0,new Uint8Array(512))})", "-3 device 0: its mem_limit is reached; what was written before is safe: raise it or discard sectors."),
  line("h=function(){print('once');z.off('lowmemory',h)};k=function(){print('too')};z.on('lowmemory',h);z.on('lowmemory',k)"),
  line("t(function(){d.write(0,new Uint8Array(512))});t(function(){d.write(0,new Uint8Array(512))});z.off('lowmemory',k)", "once", "too",
    "-3 device 0: its mem_limit is reached; what was written before is safe: raise it or discard sectors.", "too", "-3 device 0: its mem_limit is reached; what was written before is safe: raise it or discard sectors."),
  line("h=function(){print('in');t(function(){d.write(0,new Uint8Array(512))})};z.on('lowmemory',h);t(function(){d.write(0,new Uint8Array(512))});z.off('lowmemory',h);d.free()", "in",
    "-3 device 0: its mem_limit is reached; what was written before is safe: raise it or discard sectors.", "-3 device 0: its mem_limit is reached; what was written before is safe: raise it or discard sectors."),
];

/** On a board with durable areas; what of it is there after a reset is DURABLE_AFTER. */
export const DURABLE: Line[] = [
  line("a=z.area('kept',3000,{durable:true});t(function(){return a.durable+' '+a.at(2999)});t(function(){return z.area('kept',3000,{durable:true})===a})", "true 0", "true"),
  line("a.write(2990,'synced');a.sync();a.write(2990,'volati')"),
  line("m=z.map('kept',{bytes:4096,durable:true});t(function(){return m.size});for(i=0;i<40;i++)m.set('k'+i,{i:i})", "0"),
  line("l=z.log('kept',2048,{durable:true});for(i=0;i<200;i++)l.append('entry '+i);l.sync();l.append('lost')"),
  line("t(function(){return m.size+' '+l.tail(1)})", "40 lost"),
  line("m.sync();m.set('k0','changed');m.delete('k1');t(function(){return m.size})", "39"),
  line("d=z.area('gone',1000,{durable:true});d.set(5,5);d.sync();z.delete(d);t(function(){d.at(5)});t(function(){return z.area('gone',1000).at(5)})", "-1 area gone was freed: open it again.", "0"),
  line("z.free('gone');z.sync();t(function(){return m.get('k0')+z.map('kept').has('k1')})", "changedfalse"),
  line("c=z.area('shut',1000,{durable:true});c.set(1,7);c.sync();c.set(1,8);c.free();t(function(){return z.area('shut',1000,{durable:true}).at(1)})", "7"),
  line("z.free('shut');t(function(){z.area('shut',3000,{durable:true})})", "-24 area shut is on flash with another length: ask for 1024 bytes, or open it so and z.delete() it."),
  line("t(function(){z.map('big',{durable:true,bytes:70000})})", "-2 map big is too long: durable areas hold 65536 bytes in all together, and a log takes a page more."),
  line("t(function(){z.map('full',{durable:true,bytes:65536})})", "-8 map full: the tables are full (1024 pages, 16 objects, 65536 durable bytes): free something first, or z.delete() what is durable and z.sync()."),
  line("t(function(){z.log('a name of twenty-four ch.',2048,{durable:true})});t(function(){z.log('',{durable:true})})", ...Array<string>(2)
    .fill("-1 a name has 1 to 24 characters (durable: 23 bytes) and a length is a whole number above 0: z.area(\"accel\", 96 * 1024).")),
  line("t(function(){return z.area('plain',10).durable});t(function(){z.area('plain').sync()});z.delete('plain')", "undefined", "-1 area plain: nothing of it outlives a reset: free it and open it with { durable: true }."),
  line("a.write(2990,'unsync');l.append('unsynced');m.clear()"),
];

export const DURABLE_AFTER: Line[] = [
  line("a=z.area('kept',3000,{durable:true});t(function(){return a.slice(2990,2996)})", "<118 111 108 97 116 105>"),
  line("m=z.map('kept',{bytes:4096,durable:true});t(function(){return m.size+m.get('k0')+m.get('k39').i+m.has('k1')})", "39changed39false"),
  line("l=z.log('kept',2048,{durable:true});t(function(){return l.tail(2).join()})", "entry 199,lost"),
  line("n=z.stats('zcache_mcu').synced_pages;z.sync();t(function(){return z.stats('zcache_mcu').synced_pages-n})", "0"),
  line("t(function(){return z.area('gone',1000,{durable:true}).at(5)})", "0"),
  line("z.delete(m);z.delete(l);z.delete('gone');z.delete('kept');z.sync();t(function(){return z.map('kept',{bytes:1024,durable:true}).size})", "0"),
];

/** The write budget is on and has nothing in it: one step of idle work, and the handler has been told, once. */
export const BUDGET: { before: string; after: Line[] } = {
  before: "told=[];z.on('budget',function(e){told.push(e.event+': '+e.reason)});told.length=0",
  after: [line("t(function(){return told.length+' '+told[0]})", "1 budget: the flash's write budget is used up: nothing is paged out to it until more has come in.")],
};

/** Every part, by its name in test titles. */
export const PARTS: Record<string, Line[]> = { area: AREA, map: MAP, log: LOG, cache: CACHE, device: DEVICE, store: STORE, durable: DURABLE };
