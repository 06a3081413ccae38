// Package verify judges a record by its evidence.
package verify
