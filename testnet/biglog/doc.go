// Package biglog makes logs of any size that are anchored for real, in little
// time: for tests and benchmarks of whoever reads a log from outside.
//
// A [Log] is what a university's node leaves for others to read and nothing
// else: the events on the chain's AnchorRegistry, which checked a consistency
// proof for each anchor, and a folder of static files as C2SP tlog-tiles lays
// them out, with the signed checkpoint, which [Log.Handler] serves. No store
// and no index stands behind them.
//
// Its entries follow from the options alone. They are sealed badges, an open
// course-qa record in each 97, a status entry in each 50 that acts on an
// earlier badge, and a head entry with the true status root at the end of each
// anchored tree. Options.Entry puts other bytes in the place of some, which
// are then logged and anchored in good faith; [Log.Rewrite] changes an entry
// and its tiles afterwards, as an operator would who hopes that nobody looks.
package biglog
