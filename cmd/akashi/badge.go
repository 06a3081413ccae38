package main

import "github.com/urfave/cli/v2"

// badgeCommand leads to all that is done with badges themselves, without a
// node or a chain.
func (e *env) badgeCommand() *cli.Command {
	return group("badge", "read, make and judge badges by themselves",
		`Needs no node and no chain, but for logging what is issued.

Examples:
   akashi badge check badge.json
   akashi badge lint badge.json
   akashi badge extract badge.png -o badge.json
   akashi badge bake picture.png badge.json`,
		e.badgeCheckCommand(), e.badgeExtractCommand(), e.badgeBakeCommand(),
		e.badgeLintCommand(), e.badgeCrosswalkCommand(),
		e.badgeKeyCommand(), e.badgeIssueCommand(),
	)
}
