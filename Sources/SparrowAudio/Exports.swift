@_exported public import Sparrow
@_exported public import SparrowAudioCore
