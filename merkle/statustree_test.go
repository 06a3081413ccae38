package merkle

// memStatus is stored status tiles in memory.
type memStatus map[uint64][]byte

func (m memStatus) ReadStatusTile(index uint64) ([]byte, error) { return m[index], nil }

// store does what a store does when its transaction commits.
func (m memStatus) store(t *StatusTree) {
	for _, tile := range t.Changed() {
		m[tile.Index] = append([]byte(nil), tile.Data...)
	}
	t.Flushed()
}
