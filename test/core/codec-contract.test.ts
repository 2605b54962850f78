/** The contract of tools/codecs/codec.ts, clause by clause, over every codec. */
import test from "ava";
import library from "lz-string";
import type { PageCodec } from "../../tools/codecs/codec";
import { CODEC_PLACES, coreCodecs, lzStringOf, none, sameFilled } from "../../tools/codecs/codecs";
import { CORE_KINDS, openCore } from "../helpers/cores";
import { PAGE_KINDS, anyPage, corpusPages, makePage } from "../helpers/pages";
import { Random, seedOr } from "../helpers/random";

const lz = lzStringOf(library);

interface Subject { codec: PageCodec; label: string; bytes?: Uint8Array; }

function subjects(): Subject[] {
  const core = CORE_KINDS.flatMap((kind) => {
    const host = openCore(kind, { open: false });
    return coreCodecs({ calls: host, bytes: host.bytes }).map((codec) => ({ codec, label: `${codec.name} [${kind}]`, bytes: host.bytes }));
  });
  return [...core, ...[none, sameFilled, lz].map((codec) => ({ codec, label: codec.name }))];
}

/** Every kind of page at the lengths a store may have, and a real one of each file of the corpus. */
function pages(seed: number): Uint8Array[] {
  const random = new Random(seed);
  const made = PAGE_KINDS.flatMap((kind) => [256, 1024, 4096].map((length) => makePage(kind, length, random)));
  return [...made, ...corpusPages(1024, 1).map((sample) => sample.page)];
}

/** Room for whatever a codec makes of a page that it does not make smaller. */
function ample(page: Uint8Array): number { return 2 * page.length - page.length / 4; }

for (const { codec, label, bytes } of subjects()) {
  test(`P1, P3 packed pages come back, the same bytes each time, whatever came before [${label}]`, (t) => {
    let packedPages = 0;
    const first = pages(seedOr(31)).map((page) => codec.pack(page, ample(page)));
    pages(seedOr(31)).forEach((page, index) => {
      bytes?.fill(index, CODEC_PLACES.work, CODEC_PLACES.page);
      const packed = codec.pack(page, ample(page));
      t.deepEqual(packed, first[index]);
      if (packed === undefined) return;
      t.true(packed.length >= 1);
      bytes?.fill(255 - index, CODEC_PLACES.work, CODEC_PLACES.page);
      t.deepEqual(codec.unpack(packed, page.length), page);
      packedPages++;
    });
    t.true(packedPages >= 6, `${packedPages} pages were packed`);
  });

  test(`P2 what is packed fits the capacity, and a page is not given up that needs 8 bytes less [${label}]`, (t) => {
    for (const page of pages(seedOr(32))) {
      const length = codec.pack(page, ample(page))?.length;
      if (length === undefined) continue;
      for (const capacity of [0, 1, length >> 1, length - 1]) t.is(codec.pack(page, capacity), undefined);
      t.is(codec.pack(page, length + 8)?.length, length);
    }
  });

  test(`P4 the page and the bytes around it stay as they are [${label}]`, (t) => {
    const { page: from, packed: to, unpacked, end } = CODEC_PLACES;
    for (const page of pages(seedOr(33))) {
      const before = page.slice();
      bytes?.fill(0x3c, from, end);
      const capacity = page.length >> 1;
      const packed = codec.pack(page, capacity);
      t.deepEqual(page, before);
      if (bytes === undefined) continue;
      t.deepEqual(bytes.slice(from, from + page.length), page);
      t.true(bytes.slice(from + page.length, to).every((byte) => byte === 0x3c));
      t.true(bytes.slice(to + capacity, end).every((byte) => byte === 0x3c));
      if (packed === undefined) continue;
      codec.unpack(packed, page.length);
      t.true(bytes.slice(unpacked + page.length, end).every((byte) => byte === 0x3c));
    }
  });

  test(`P5 damaged bytes end in nothing or in a page of the right length [${label}]`, (t) => {
    const random = new Random(seedOr(34));
    let damaged = 0;
    for (let round = 0; round < 120; round++) {
      const page = round % 4 === 0 ? makePage("same", 1024, random) : anyPage(1024, random);
      const packed = codec.pack(page, ample(page));
      if (packed === undefined) continue;
      for (let harm = 0; harm < 3; harm++) packed[random.below(packed.length)] = random.below(256);
      const cut = random.chance(30) ? packed.slice(0, random.below(packed.length)) : packed;
      const result = codec.unpack(cut, 1024);
      t.true(result === undefined || result.length === 1024);
      damaged++;
    }
    t.true(damaged >= 30, `${damaged} were damaged`);
  });
}
