// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Actors} from "./Actors.sol";
import {vm} from "./Vm.sol";

/// @dev A test that begins with a registry of its own.
abstract contract RegistryTest is Actors {
    function setUp() public virtual {
        vm.warp(NOW);
        registry = deploy();
    }
}
