/**
 * The names of the knobs, in the order of config.ts: one string, as for the counters, so that it costs little heap.
 *
 *   name:unit            a number of that unit
 *   name:word|word|...   one of these words, which stand for 0, 1, ...; the range in config.ts says how many of them are
 *                        to be had (an allocator that is not built in has a name already)
 */
export const KNOB_NAMES: string =
  "page_bytes:bytes pages_max:pages objects_max:objects pools_max:pools chunk_order:log2 sector_bytes:bytes swap_start:bytes " +
  "swap_sectors:sectors link_bytes:bytes fold_limit:zpages dense:off|on resident_percent:percent reserve_frames:frames " +
  "page_limit_bytes:bytes store_enabled:off|on writeback_enabled:off|on same_filled:off|on exclusive_loads:off|on " +
  "pool_limit_percent:percent accept_percent:percent mean_gate_eighths:eighths poor_run:pages poor_skip:pages " +
  "idle_frames:frames reclaim_retries:frames allocator:zbud|zfold|zsmalloc|tlsf " +
  "ephemeral_percent:percent resident_least_percent:percent resident_most_percent:percent tenants_max:tenants " +
  "verify_programs:off|on wear_spread:erases endurance_erases:erases ticks_per_milli:ticks writeback_limit_enable:off|on " +
  "writeback_limit:kib writeback_per_day:kib idle_marks:off|on raw_storage:off|on durable_pages_max:pages " +
  "flash_read_cost:kiloinstructions flash_write_cost:kiloinstructions";
