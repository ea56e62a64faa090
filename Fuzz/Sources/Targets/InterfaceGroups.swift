import SparrowInterface

extension InterfaceObjects {
  static let groupCallCount = 7

  /// A group's call.
  func callGroup(_ call: Int, _ slot: Int, _ input: inout CallBytes) {
    let group = groups[slot]
    var indices = (0..<input.byte() % 24).map { _ in index(&input) }
    switch call {
    case 0, 1:
      var made: Handle = nil
      let capacities: [UInt32] = [0, 65_537, .max]
      let byte = input.byte()
      let status = sparrow_group_create(
        models[Int(input.byte()) % 4], sparrow_kind(rawValue: UInt32(input.byte() % 6)),
        byte < 250 ? UInt32(byte % 40) : capacities[Int(byte) % 3], &made)
      give(made, status, to: \.groups, slot, sparrow_group_destroy)
      check(sparrow_group_create(models[slot], SPARROW_KIND_NETWORK, 1, nil))
    case 2:
      for _ in indices {
        var added = UInt32.max
        let status = sparrow_group_add(group, &added)
        check(status)
        precondition((status == SPARROW_OK) == (added < 40), "an error writes nothing")
      }
      check(sparrow_group_add(group, nil))
    case 3:
      // Every second time the first ones, each once.
      if input.byte() % 2 == 0 { indices = (0..<UInt32(indices.count)).map { $0 } }
      var information = sparrow_model_information()
      check(sparrow_model_get_information(models[0], &information))
      let widest = max(information.hop, information.input_width, information.output_width)
      guard models[0] != nil, widest < 1 << 14 else { return }
      let count = input.size(indices.count)
      let values = Samples(count: indices.count * Int(widest), &input)
      let output = Samples(count: indices.count * Int(widest), &input)
      let told = count <= indices.count ? count : indices.count
      let isNull = input.byte() > 250
      check(sparrow_group_step(group, isNull ? nil : indices, told, values.start, output.start))
      check(sparrow_group_step(group, indices, .max, values.start, output.start))
      var heard = [sparrow_hop_detection](
        repeating: sparrow_hop_detection(), count: max(indices.count, 1))
      check(sparrow_group_spot(group, indices, told, values.start, &heard))
      check(sparrow_group_spot(group, indices, told, values.start, nil))
    case 4:
      check(sparrow_group_set_denoising(group, index(&input), input.float() * 60, input.float()))
      check(sparrow_group_set_threshold(group, index(&input), input.float()))
    case 5:
      check(sparrow_group_reset(group, index(&input)))
      if input.byte() > 128 { check(sparrow_group_remove(group, index(&input))) }
      guard input.byte() > 200 else { return }
      sparrow_group_destroy(group)
      groups[slot] = nil
    default:
      let index = index(&input)
      state(
        group, &input, sparrow_group_state_size,
        { sparrow_group_save_state($0, index, $1, $2) },
        { sparrow_group_restore_state($0, index, $1, $2) })
    }
  }

  /// One that a group may have, most of the time.
  private func index(_ input: inout CallBytes) -> UInt32 {
    let byte = input.byte()
    return byte > 250 ? UInt32.max - UInt32(byte) : UInt32(byte % 24)
  }
}
