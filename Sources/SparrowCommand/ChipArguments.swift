public import ArgumentParser
public import SparrowHardware

// What the command line calls as the module does.
extension Schedule: ExpressibleByArgument {}
extension NeurocoreSimulation.Mode: ExpressibleByArgument {}
extension Placement.Policy: ExpressibleByArgument {}
