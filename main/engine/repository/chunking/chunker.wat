;; Where the next chunk ends: gear hashing with two masks (docs/format/repository.md, section 9).
;;
;; Memory: 0 the gear table (256 × i64), 2048 minimum, 2052 average, 2056 maximum (i32, bytes), 2064 strict mask, 2072 loose mask (i64);
;; the input lies wherever the caller put it. The module imports nothing and keeps no state between calls.
;; Assembled bytes: chunker-wasm.ts; a test holds them against this text.
(module
  (memory (export "memory") 1)
  (global $hash (mut i64) (i64.const 0))

  (func $hash-byte (param $i i32)
    (global.set $hash (i64.add (i64.shl (global.get $hash) (i64.const 1))
      (i64.load (i32.shl (i32.load8_u (local.get $i)) (i32.const 3))))))

  ;; Hashes on from $i to $stop: the end of the first byte whose hash has no bit of $mask, or 0.
  (func $scan (param $i i32) (param $stop i32) (param $mask i64) (result i32)
    (block $none
      (loop $next
        (br_if $none (i32.ge_u (local.get $i) (local.get $stop)))
        (call $hash-byte (local.get $i))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $next (i64.ne (i64.and (global.get $hash) (local.get $mask)) (i64.const 0)))
        (return (local.get $i))))
    (i32.const 0))

  ;; The end of the chunk that starts at $start, of the input in [$start, $end); 0 when more input must decide.
  (func (export "cut") (param $start i32) (param $end i32) (param $isLast i32) (result i32)
    (local $i i32) (local $first i32) (local $average i32) (local $maximum i32)
    (local.set $first (i32.add (local.get $start) (i32.load (i32.const 2048))))
    (local.set $average (i32.add (local.get $start) (i32.load (i32.const 2052))))
    (local.set $maximum (i32.add (local.get $start) (i32.load (i32.const 2056))))
    (if (i32.le_u (local.get $end) (local.get $first))
      (then (return (select (local.get $end) (i32.const 0) (local.get $isLast)))))
    (global.set $hash (i64.const 0))
    (local.set $i (i32.sub (local.get $first) (i32.const 64)))
    (loop $warm
      (call $hash-byte (local.get $i))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $warm (i32.lt_u (local.get $i) (i32.sub (local.get $first) (i32.const 1)))))
    (if (i32.gt_u (local.get $average) (local.get $end)) (then (local.set $average (local.get $end))))
    (if (local.tee $first (call $scan (local.get $i) (local.get $average) (i64.load (i32.const 2064))))
      (then (return (local.get $first))))
    (local.set $first (local.get $end))
    (if (i32.le_u (local.get $maximum) (local.get $end)) (then (local.set $first (local.get $maximum))))
    (if (local.tee $i (call $scan (local.get $average) (local.get $first) (i64.load (i32.const 2072))))
      (then (return (local.get $i))))
    (if (i32.eq (local.get $first) (local.get $maximum)) (then (return (local.get $maximum))))
    (select (local.get $end) (i32.const 0) (local.get $isLast)))
)
