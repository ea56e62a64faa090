import SparrowCore

/// The part of a sound that is lost on the way to the network's rate and back: everything above the
/// network's band, and what the resamplers take away at their edges.
///
/// It gets a gain g of its own, from the mask of the network's upper bins
/// (``Denoiser/highBandGain``):
///
///     output = back(denoised - g · slow) + g · input
///
/// where `slow` is the input at the network's rate, and all are aligned. Both places use the same
/// gain, a straight line between the centres of two frames. So the second term adds g times what
/// `slow` lacks, and a network that changes nothing gives the input back.
struct HighBand: ~Copyable, StateWords {
  /// A place in the signal: between which frames, and where between their centres.
  private struct Cursor {
    /// Frames from the one before the place to the newest; 1 where that is the place's end.
    var behind: Int
    /// In steps of `period` from one centre to the next.
    var phase: Int
    let step: Int
    let period: Int
    let scale: Float

    init(behind: Int, phase: Int, step: Int, period: Int) {
      self.behind = behind
      self.phase = phase
      self.step = step
      self.period = period
      scale = 1 / Float(period)
    }

    /// Places from this one on, itself included, that lie between the same two frames.
    var run: Int { (period - phase + step - 1) / step }

    /// - Parameter count: no more than ``run``.
    mutating func advance(_ count: Int) {
      phase += count * step
      while phase >= period {
        phase -= period
        behind -= 1
      }
    }

    func write(to writer: inout StateWriter, from least: Int) {
      writer.write(UInt32(behind - least))
      writer.write(UInt32(phase))
    }

    mutating func read(from reader: inout StateReader, _ range: ClosedRange<Int>) {
      behind = reader.count(upTo: range.upperBound - range.lowerBound) + range.lowerBound
      phase = reader.count(upTo: period - 1)
    }
  }

  /// The gains of the last frames, the newest last.
  private let gains: UnsafeMutablePointer<Float>
  private let gainCount: Int
  /// The next denoised sample of the network's rate.
  private var slow: Cursor
  /// The next output sample.
  private var fast: Cursor
  private let start: (segment: Int, phase: Int)
  /// The last samples of the network's rate: a lag, then a hop.
  private let delayed: UnsafeMutablePointer<Float>
  private let lag: Int
  private let hop: Int
  /// Input samples that wait for their output.
  private var inputs: SampleRing
  private let mostKept: Int

  /// - Parameters:
  ///   - window, hop: of the network, in samples.
  ///   - there: from the host's rate to the network's.
  ///   - back: the way back.
  ///   - latency: the most input samples that wait between two calls.
  ///   - piece: the most input samples that are taken at once.
  init(
    window: Int, hop: Int, there: ResamplingFilter, back: ResamplingFilter, latency: Int,
    piece: Int
  ) {
    self.hop = hop
    lag = window - hop
    mostKept = latency
    inputs = SampleRing(capacity: latency + piece)
    delayed = .allocate(capacity: window)
    delayed.initialize(repeating: 0, count: window)
    // The centre of the first frame lies half a window before its end, which is a hop's.
    let ahead = max(0, window / 2 - hop)
    start = (ahead / hop, ahead % hop)
    gainCount = start.segment + back.halfWidth / hop + 4
    gains = .allocate(capacity: gainCount)
    gains.initialize(repeating: 0, count: gainCount)
    slow = Cursor(behind: -start.segment - 1, phase: start.phase, step: 1, period: hop)
    fast = Cursor(
      behind: slow.behind, phase: start.phase * there.stepInput, step: there.stepOutput,
      period: hop * there.stepInput)
  }

  deinit {
    gains.deallocate()
    delayed.deallocate()
  }

  /// Keeps input samples until their output is due.
  mutating func keep(_ samples: UnsafePointer<Float>, count: Int) {
    inputs.append(samples, count: count)
  }

  /// Takes the hop that the network is about to take.
  mutating func push(_ samples: UnsafePointer<Float>) {
    UnsafeMutableRawPointer(delayed).copyMemory(from: delayed + hop, byteCount: 4 * lag)
    (delayed + lag).copy(samples, count: hop)
  }

  /// Takes the gain of the frame that the hop completed, and takes its share off the denoised hop.
  ///
  /// - Parameters:
  ///   - samples: the denoised hop, in place.
  ///   - skipped: the samples of it that come before the signal's first.
  mutating func subtract(
    gain: Float, from samples: UnsafeMutablePointer<Float>, skipped: Int
  ) {
    UnsafeMutableRawPointer(gains).copyMemory(from: gains + 1, byteCount: 4 * (gainCount - 1))
    gains[gainCount - 1] = gain
    slow.behind += 1
    fast.behind += 1
    var done = skipped
    while done < hop {
      let run = min(slow.run, hop - done)
      add(delayed + done, count: run, at: slow, sign: -1, to: samples + done)
      slow.advance(run)
      done += run
    }
  }

  /// Adds its share of the input to output samples, in place.
  mutating func add(to samples: UnsafeMutablePointer<Float>, count given: Int) {
    var done = 0
    while done < given {
      let next = inputs.first(min(fast.run, given - done))
      guard next.count > 0 else { return }
      add(next.samples, count: next.count, at: fast, sign: 1, to: samples + done)
      fast.advance(next.count)
      inputs.drop(next.count)
      done += next.count
    }
  }

  /// Adds input samples times their gains.
  ///
  /// - Parameters:
  ///   - place: of the first; all lie between the same two frames.
  ///   - sign: 1 or -1, by which all are multiplied.
  private func add(
    _ input: UnsafePointer<Float>, count: Int, at place: Cursor, sign: Float,
    to samples: UnsafeMutablePointer<Float>
  ) {
    let before = gainCount - 1 - max(1, min(gainCount - 1, place.behind))
    let gain = sign * gains[before]
    let rise = sign * (gains[before + 1] - gains[before])
    for i in 0..<count {
      let share = Float(Int32(truncatingIfNeeded: place.phase &+ i &* place.step)) * place.scale
      samples[i] += (gain + share * rise) * input[i]
    }
  }

  /// Begins a new signal.
  mutating func reset() {
    gains.update(repeating: 0, count: gainCount)
    delayed.update(repeating: 0, count: lag + hop)
    inputs.reset()
    slow.behind = leastBehind
    slow.phase = start.phase
    fast.behind = slow.behind
    fast.phase = start.phase * (fast.period / hop)
  }

  /// Cursors may be before the first frame, down to here.
  private var leastBehind: Int { -start.segment - 1 }

  package var stateWordCount: Int {
    4 + gainCount + lag + SampleRing.stateWordCount(most: mostKept)
  }

  package func write(to writer: inout StateWriter) {
    slow.write(to: &writer, from: leastBehind)
    fast.write(to: &writer, from: leastBehind)
    writer.write(gains, count: gainCount)
    writer.write(delayed + hop, count: lag)
    inputs.write(to: &writer, most: mostKept)
  }

  package mutating func read(from reader: inout StateReader) {
    slow.read(from: &reader, leastBehind...gainCount - 1)
    fast.read(from: &reader, leastBehind...gainCount - 1)
    reader.read(gains, count: gainCount)
    delayed.update(repeating: 0, count: hop)
    reader.read(delayed + hop, count: lag)
    inputs.read(from: &reader, most: mostKept)
  }
}
