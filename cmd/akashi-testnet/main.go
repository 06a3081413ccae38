// Akashi-testnet runs a development chain for trying and testing akashi, and
// the demo. `akashi-testnet help` lists the commands.
package main

import "os"

func main() {
	os.Exit(Main(os.Args, os.Stdout, os.Stderr))
}
