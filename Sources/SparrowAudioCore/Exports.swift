@_exported public import SparrowCore
