// A spectrogram that is written from left to right, then over itself: nothing scrolls.

const colours = [
  [0, 0, 4], [40, 11, 84], [101, 21, 110], [159, 42, 99], [212, 72, 66], [245, 125, 21],
  [250, 193, 39], [252, 255, 164],
]

/** Red, green and blue of 256 levels, from the darkest on. */
const palette = Uint8ClampedArray.from({ length: 3 * 256 }, (_, i) => {
  const place = (Math.floor(i / 3) / 255) * (colours.length - 1)
  const below = Math.min(Math.floor(place), colours.length - 2)
  const [low, high] = [colours[below][i % 3], colours[below + 1][i % 3]]
  return low + (place - below) * (high - low)
})

const lessMotion = matchMedia('(prefers-reduced-motion: reduce)')

export class Spectrogram {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {AnalyserNode} analyser
   * @param {number} highest frequency, in hertz
   */
  constructor(canvas, analyser, highest) {
    this.canvas = canvas
    this.context = canvas.getContext('2d')
    this.analyser = analyser
    this.levels = new Uint8Array(analyser.frequencyBinCount)
    this.shown = Math.min(
      1, highest / (analyser.context.sampleRate / 2)) * analyser.frequencyBinCount
    this.column = this.context.createImageData(1, canvas.height)
    this.column.data.fill(255)
    this.context.clearRect(0, 0, canvas.width, canvas.height)
    this.place = 0
  }

  /** Writes columns of what sounds now, up to a place, and a gap before what is old: a bright line,
   * or a dark one for those who want less motion. */
  advance(place) {
    const { analyser, levels, column, context, canvas } = this
    analyser.getByteFrequencyData(levels)
    for (let y = 0; y < canvas.height; y++) {
      const bin = Math.floor(((canvas.height - 1 - y) / canvas.height) * this.shown)
      const level = 3 * levels[bin]
      column.data.set(palette.subarray(level, level + 3), 4 * y)
    }
    for (; this.place < place; this.place++) {
      context.putImageData(column, this.place % canvas.width, 0)
    }
    context.fillStyle = lessMotion.matches ? '#000004' : '#ffffff'
    context.fillRect(this.place % canvas.width, 0, lessMotion.matches ? 8 : 2, canvas.height)
  }
}
