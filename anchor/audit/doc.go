// Package audit replays a log from what is public: the registry's events on
// the chain, and the tiles that the log serves. It asks no index of a node,
// and believes nothing that it can recompute: every anchored root is computed
// anew from the entries, every status root from the status entries.
//
// What it finds is a Report, which follows from the inputs alone. A report
// refutes a log only by bytes that contradict each other; who does not answer,
// or answers nonsense, leaves it at "could not tell".
package audit
