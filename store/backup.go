package store

// A backup is one under way.
type backup struct {
	forgotten []uint64 // while it was copying
}
