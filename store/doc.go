// Package store keeps one log on disk.
package store
