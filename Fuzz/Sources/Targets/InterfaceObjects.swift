import SparrowInterface

/// Handles of the C interface in slots, some of which stay empty: null is a handle, too.
final class InterfaceObjects {
  typealias Handle = OpaquePointer?
  private static let slots = 3

  /// The plan, where the interface may leave it.
  private let image: UnsafeMutableRawBufferPointer
  private(set) var models: [Handle] = empty
  private var denoisers: [Handle] = empty
  private var spotters: [Handle] = empty
  private var languages: [Handle] = empty
  private var hopDenoisers: [Handle] = empty
  private var hopSpotters: [Handle] = empty
  private var streams: [Handle] = empty
  var groups: [Handle] = empty
  /// States that were saved, of whatever object.
  var states: [[UInt8]] = []

  private static var empty: [Handle] { [Handle](repeating: nil, count: slots + 1) }

  init(_ bytes: [UInt8]) {
    image = .allocate(byteCount: max(bytes.count, 1), alignment: 64)
    image.copyBytes(from: bytes)
    imageCount = bytes.count
    check(sparrow_model_create_in_place(image.baseAddress, bytes.count, &models[0]))
  }

  private let imageCount: Int

  deinit {
    // A model may go before what was made of it.
    for handle in models { sparrow_model_destroy(handle) }
    for handle in denoisers { sparrow_denoiser_destroy(handle) }
    for handle in spotters { sparrow_spotter_destroy(handle) }
    for handle in languages { sparrow_language_model_destroy(handle) }
    for handle in hopDenoisers { sparrow_hop_denoiser_destroy(handle) }
    for handle in hopSpotters { sparrow_hop_spotter_destroy(handle) }
    for handle in streams { sparrow_stream_destroy(handle) }
    for handle in groups { sparrow_group_destroy(handle) }
    image.deallocate()
  }

  private static let callsWithoutGroups = 41
  static let callCount = callsWithoutGroups + groupCallCount

  /// One call, with arguments from the input.
  func call(_ input: inout CallBytes) {
    let call = Int(input.byte()) % Self.callCount
    // The last slot is never filled.
    let slot = Int(input.byte() % 8 == 7 ? 3 : input.byte() % 3)
    switch call {
    case 0...5: callModel(call, slot, &input)
    case 6...15: callDenoiser(call, slot, &input)
    case 16...21: callSpotter(call, slot, &input)
    case 22...29: callLanguageModel(call, slot, &input)
    case 30...36: callHops(call, slot, &input)
    case 37..<Self.callsWithoutGroups: callStream(call, slot, &input)
    default: callGroup(call - Self.callsWithoutGroups, slot, &input)
    }
  }

  private func callModel(_ call: Int, _ slot: Int, _ input: inout CallBytes) {
    switch call {
    case 0:
      var made: Handle = nil
      // Fewer bytes, and none.
      let count = imageCount - min(imageCount, max(0, Int(input.byte()) - 192))
      let isNull = input.byte() > 250
      let status = sparrow_model_create(isNull ? nil : image.baseAddress, count, &made)
      give(made, status, to: \.models, slot, sparrow_model_destroy)
    case 1:
      var made: Handle = nil
      let start = Int(input.byte()) > 240 ? min(4, imageCount) : 0
      let status = sparrow_model_create_in_place(
        image.baseAddress! + start, imageCount - start, &made)
      precondition(start == 0 || status != SPARROW_OK, "a misaligned plan is refused")
      give(made, status, to: \.models, slot, sparrow_model_destroy)
    case 2:
      var made: Handle = nil
      let status = sparrow_model_create_builtin(input.byte() > 128 ? "denoiser" : nil, &made)
      give(made, status, to: \.models, slot, sparrow_model_destroy)
    case 3:
      var information = sparrow_model_information()
      check(sparrow_model_get_information(models[slot], &information))
      check(sparrow_model_get_information(models[slot], nil))
      for word in [0, information.word_count &- 1, input.word()] {
        guard let name = sparrow_model_word(models[slot], word) else { continue }
        var found = UInt32.max
        check(sparrow_model_find_word(models[slot], name, &found))
        // Words of a changed plan may be there twice.
        precondition(found <= word, "a word is found by its name")
      }
    case 4:
      var found = UInt32.max
      let name = (0..<input.byte() % 8).map { _ in CChar(bitPattern: input.byte()) } + [0]
      check(sparrow_model_find_word(models[slot], input.byte() > 250 ? nil : name, &found))
      check(sparrow_model_find_word(models[slot], name, nil))
    default:
      sparrow_model_destroy(models[slot])
      models[slot] = nil
      check(sparrow_model_create(image.baseAddress, imageCount, nil))
      precondition(sparrow_version() != nil)
      _ = sparrow_status_text(sparrow_status(rawValue: input.word()))
      sparrow_set_allocator(nil, nil)
    }
  }

  private func callDenoiser(_ call: Int, _ slot: Int, _ input: inout CallBytes) {
    let denoiser = denoisers[slot]
    switch call {
    case 6, 7:
      var made: Handle = nil
      let status = sparrow_denoiser_create(
        models[Int(input.byte()) % 4], rate(&input), blockSize(&input), &made)
      give(made, status, to: \.denoisers, slot, sparrow_denoiser_destroy)
    case 8:
      sparrow_denoiser_destroy(denoiser)
      denoisers[slot] = nil
    case 9, 10:
      let samples = Samples(&input)
      let output = samples.output(&input)
      check(
        sparrow_denoiser_process(denoiser, samples.start, output.start, samples.count))
    case 11:
      let count = Int(input.byte() % 4)
      let samples = (0..<3).map { _ in Samples(count: 96, &input) }
      let handles = (0..<3).map { denoisers[($0 + slot) % 4] }
      var outputs: [UnsafeMutablePointer<Float>?] = samples.map { $0.start }
      check(
        sparrow_denoiser_process_many(
          handles, samples.map { UnsafePointer($0.start) }, &outputs, min(count, 3), 96))
      check(sparrow_denoiser_process_many(handles, nil, &outputs, input.byte() > 200 ? -1 : 1, 96))
    case 12: check(sparrow_denoiser_set_attenuation_limit(denoiser, input.float() * 60))
    case 13: check(sparrow_denoiser_set_mix(denoiser, input.float()))
    case 14:
      _ = sparrow_denoiser_latency(denoiser)
      check(sparrow_denoiser_reset(denoiser))
      check(sparrow_denoiser_create(models[slot], 0, 1, nil))
    default:
      state(
        denoiser, &input, sparrow_denoiser_state_size, sparrow_denoiser_save_state,
        sparrow_denoiser_restore_state)
    }
  }

  private func callSpotter(_ call: Int, _ slot: Int, _ input: inout CallBytes) {
    let spotter = spotters[slot]
    switch call {
    case 16:
      var made: Handle = nil
      let status = sparrow_spotter_create(models[Int(input.byte()) % 4], rate(&input), &made)
      give(made, status, to: \.spotters, slot, sparrow_spotter_destroy)
    case 17:
      sparrow_spotter_destroy(spotter)
      spotters[slot] = nil
    case 18:
      let samples = Samples(&input)
      let capacity = Int(input.byte() % 4)
      let detections = UnsafeMutablePointer<sparrow_detection>.allocate(capacity: capacity)
      defer { detections.deallocate() }
      var found = -7
      let isNull = input.byte() > 220
      let status = sparrow_spotter_process(
        spotter, samples.start, samples.count, isNull ? nil : detections, capacity, &found)
      check(status)
      precondition(status == SPARROW_OK ? found >= 0 : found == -7, "an error writes nothing")
    case 19:
      check(sparrow_spotter_set_threshold(spotter, input.float()))
      check(sparrow_spotter_process(spotter, nil, 0, nil, 0, nil))
      check(sparrow_spotter_create(models[slot], 0, nil))
    case 20: check(sparrow_spotter_reset(spotter))
    default:
      state(
        spotter, &input, sparrow_spotter_state_size, sparrow_spotter_save_state,
        sparrow_spotter_restore_state)
    }
  }

  private func callLanguageModel(_ call: Int, _ slot: Int, _ input: inout CallBytes) {
    let language = languages[slot]
    switch call {
    case 22:
      var made: Handle = nil
      let status = sparrow_language_model_create(
        models[Int(input.byte()) % 4], UInt32(input.byte() % 80), &made)
      give(made, status, to: \.languages, slot, sparrow_language_model_destroy)
    case 23:
      sparrow_language_model_destroy(language)
      languages[slot] = nil
    case 24:
      let words = (0..<input.byte() % 80).map { _ in
        let byte = input.byte()
        return byte > 250 ? UInt32.max - UInt32(byte) : UInt32(byte % 4)
      }
      var sum = 0.0
      check(sparrow_language_model_read(language, words, words.count, &sum))
      check(sparrow_language_model_read(language, words, words.count, nil))
      check(sparrow_language_model_read(language, nil, input.size(1), &sum))
    case 25:
      var score = 0.0
      check(sparrow_language_model_score(language, UInt32(input.byte() % 6), &score))
      check(sparrow_language_model_score(language, .max, &score))
      check(sparrow_language_model_score(language, 0, nil))
    case 26:
      let scores = Samples(count: 4, &input)
      check(sparrow_language_model_scores(language, scores.start, input.byte() > 200 ? 5 : 4))
      check(sparrow_language_model_scores(language, nil, 4))
    case 27:
      let count = Int(input.byte() % 6)
      let words = UnsafeMutablePointer<UInt32>.allocate(capacity: count)
      defer { words.deallocate() }
      let status = sparrow_language_model_best(language, words, count)
      check(status)
      if status == SPARROW_OK, count > 0 { precondition(words[count - 1] < 1 << 30) }
      check(sparrow_language_model_best(language, nil, input.size(1)))
    case 28: check(sparrow_language_model_reset(language))
    default:
      state(
        language, &input, sparrow_language_model_state_size, sparrow_language_model_save_state,
        sparrow_language_model_restore_state)
    }
  }

  private func callHops(_ call: Int, _ slot: Int, _ input: inout CallBytes) {
    var information = sparrow_model_information()
    switch call {
    case 30:
      var made: Handle = nil
      let status = sparrow_hop_denoiser_create(models[Int(input.byte()) % 4], &made)
      give(made, status, to: \.hopDenoisers, slot, sparrow_hop_denoiser_destroy)
      check(sparrow_hop_denoiser_create(models[slot], nil))
    case 31:
      // Every model has the same image, and so the same hop.
      check(sparrow_model_get_information(models[0], &information))
      let samples = Samples(count: Int(information.hop), &input)
      let output = samples.output(&input)
      guard models[0] != nil else { return }
      check(sparrow_hop_denoiser_process(hopDenoisers[slot], samples.start, output.start))
    case 32:
      _ = sparrow_hop_denoiser_lag(hopDenoisers[slot])
      check(sparrow_hop_denoiser_reset(hopDenoisers[slot]))
      if input.byte() > 128 {
        sparrow_hop_denoiser_destroy(hopDenoisers[slot])
        hopDenoisers[slot] = nil
      }
    case 33:
      var made: Handle = nil
      let status = sparrow_hop_spotter_create(models[Int(input.byte()) % 4], &made)
      give(made, status, to: \.hopSpotters, slot, sparrow_hop_spotter_destroy)
      check(sparrow_hop_spotter_create(models[slot], nil))
    case 34:
      check(sparrow_model_get_information(models[0], &information))
      guard models[0] != nil else { return }
      let factor = Int(input.byte())
      let samples = (0..<Int(information.hop)).map { Int16(truncatingIfNeeded: $0 * factor * 31) }
      var detection = sparrow_hop_detection()
      let isNull = input.byte() > 240
      check(
        sparrow_hop_spotter_process(hopSpotters[slot], isNull ? nil : samples, &detection))
      check(sparrow_hop_spotter_process(hopSpotters[slot], samples, nil))
    case 35:
      check(sparrow_model_get_information(models[0], &information))
      guard models[0] != nil else { return }
      let values = Samples(count: Int(information.word_count) + 1, &input)
      check(sparrow_hop_spotter_probabilities(hopSpotters[slot], values.start))
    default:
      check(sparrow_hop_spotter_reset(hopSpotters[slot]))
      if input.byte() > 128 {
        sparrow_hop_spotter_destroy(hopSpotters[slot])
        hopSpotters[slot] = nil
      }
    }
  }

  private func callStream(_ call: Int, _ slot: Int, _ input: inout CallBytes) {
    var information = sparrow_model_information()
    switch call {
    case 37:
      var made: Handle = nil
      let status = sparrow_stream_create(models[Int(input.byte()) % 4], &made)
      give(made, status, to: \.streams, slot, sparrow_stream_destroy)
      check(sparrow_stream_create(models[slot], nil))
    case 38:
      check(sparrow_model_get_information(models[0], &information))
      guard models[0] != nil else { return }
      let frames = Int(input.byte() % 8)
      let widths = (Int(information.input_width), Int(information.output_width))
      guard max(widths.0, widths.1) < 1 << 16 else { return }
      let values = Samples(count: frames * widths.0, &input)
      let output = Samples(count: frames * widths.1, &input)
      check(sparrow_stream_run(streams[slot], values.start, output.start, frames))
      check(sparrow_stream_run(streams[slot], nil, output.start, input.byte() > 250 ? .max : -1))
      let handles = (0..<3).map { streams[($0 + slot) % 4] }
      let inputs = [UnsafePointer<Float>?](repeating: UnsafePointer(values.start), count: 3)
      let outputs = [UnsafeMutablePointer<Float>?](repeating: output.start, count: 3)
      check(sparrow_stream_run_many(handles, inputs, outputs, Int(input.byte() % 4), frames))
      check(sparrow_stream_run_many(handles, inputs, nil, 1, frames))
    case 39:
      check(sparrow_stream_reset(streams[slot]))
      if input.byte() > 128 {
        sparrow_stream_destroy(streams[slot])
        streams[slot] = nil
      }
    default:
      state(
        streams[slot], &input, sparrow_stream_state_size, sparrow_stream_save_state,
        sparrow_stream_restore_state)
    }
  }

  func give(
    _ made: Handle, _ status: sparrow_status,
    to slots: ReferenceWritableKeyPath<InterfaceObjects, [Handle]>, _ slot: Int,
    _ destroy: (Handle) -> Void
  ) {
    check(status)
    precondition((made != nil) == (status == SPARROW_OK), "an error makes nothing")
    guard made != nil else { return }
    let place = slot % Self.slots
    destroy(self[keyPath: slots][place])
    self[keyPath: slots][place] = made
  }
}
