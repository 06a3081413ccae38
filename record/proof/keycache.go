package proof

import "sync"

// maxKnown bounds the keys that are kept; each has at most MaxRSABits.
const maxKnown = 256

// A keyCache keeps keys by the SHA-256 of the text that they were read from. It
// keeps what a text says, and nothing of whose key it is or what it signed.
type keyCache struct {
	mu   sync.RWMutex
	keys map[[32]byte]Key
}

var knownJWKs = keyCache{keys: make(map[[32]byte]Key)}

func (c *keyCache) get(sum [32]byte) (Key, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	k, ok := c.keys[sum]
	return k, ok
}

// put keeps k. A full cache is emptied: the keys in use come back with the next
// badge of their issuers.
func (c *keyCache) put(sum [32]byte, k Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.keys) >= maxKnown {
		clear(c.keys)
	}
	c.keys[sum] = k
}
