package ld

import "sync"

// maxCached bounds the processed contexts that are kept. Only pinned documents
// and what is scoped in them make such contexts, yet a stranger may name them in
// any order and number.
const maxCached = 1024

// A cacheKey says how a context came about: from which other one, by which
// pinned document or term's scoped context, in which way.
type cacheKey struct {
	active    *context
	document  *document
	scope     *term
	protected bool // overriding protected terms is allowed
	propagate bool
}

// A cache keeps contexts that were processed. The contexts in it never change.
type cache struct {
	initial *context

	mu   sync.RWMutex
	made map[cacheKey]*context
}

func newCache() *cache {
	return &cache{initial: newContext(), made: make(map[cacheKey]*context)}
}

func (c *cache) get(k cacheKey) *context {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.made[k]
}

// put keeps ctx. A full cache is emptied: the contexts of everyday documents
// come back with the next of them.
func (c *cache) put(k cacheKey, ctx *context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.made) >= maxCached {
		clear(c.made)
	}
	c.made[k] = ctx
}
