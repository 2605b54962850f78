/** The printed names of the counters, in the order of counters.ts: one string, so that it costs little heap. */
export const COUNTER_NAMES: string =
  "frontswap:loads succ_stores failed_stores invalidates;" +
  "zswap:pool_limit_hit reject_reclaim_fail reject_alloc_fail reject_compress_fail reject_compress_poor " +
  "written_back_pages duplicate_entry pool_total_size stored_pages same_filled_pages stored_incompressible_pages;" +
  "zcache:eph_zpages eph_zbytes eph_pageframes pers_zpages pers_zbytes pers_pageframes evicted_pageframes compress_poor " +
  "mean_compress_poor put_to_flush pers_ate_eph failed_pers_puts;" +
  "zbud:buddied_count unbuddied_count;" +
  "cleancache:succ_gets failed_gets puts invalidates;" +
  "mm_stat:orig_data_size compr_data_size mem_used_total mem_limit mem_used_max same_pages pages_compacted huge_pages " +
  "huge_pages_since;" +
  "io_stat:failed_reads failed_writes invalid_io notify_free;" +
  "bd_stat:bd_count bd_reads bd_writes;" +
  "events:zswpin zswpout zswpwb pswpin pswpout;" +
  "frames:active_file inactive_file zpages_file active_anon inactive_anon zpages_anon free lent;" +
  "zcache_mcu:resident_hits faults flash_bytes_programmed flash_bytes_read sector_erases sector_erases_max " +
  "sector_erases_min flash_pages_refaulted swap_corrupt swap_cleaned_records reaper_attempts reaper_frames_freed stores_diverted_hot " +
  "store_disabled poor_run_skipped recompressed_pages compr_percent dense_pages_written workingset_refaults workingset_activates " +
  "residents_grown residents_shrunk busy_calls reject_quota wear_budget_left flash_life_years flash_bytes_cleaned sectors_retired " +
  "sectors_levelled reject_budget dense_loads syncs synced_pages swap_repaired " +
  "durable_pages_lost";
