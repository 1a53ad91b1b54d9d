#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pass_fuzz::fixtures(data));
