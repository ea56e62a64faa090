public import ArgumentParser
public import SparrowHardware

// Options with the names of the module.
extension Schedule: ExpressibleByArgument {}
extension NeurocoreSimulation.Mode: ExpressibleByArgument {}
extension Placement.Policy: ExpressibleByArgument {}
