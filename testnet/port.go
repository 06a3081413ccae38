package testnet

import "net"

// FreePort returns a TCP port of 127.0.0.1 on which nobody listens now, for
// programs that have to be told theirs before they start. Another may take it
// first.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
