// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchorRegistry} from "../src/IAnchorRegistry.sol";
import {Actors} from "./Actors.sol";
import {Tree} from "./Tree.sol";
import {vm} from "./Vm.sol";

/// @dev Does random things to a few logs as a few people who all would like to own them, and keeps beside the
/// registry what each log has to be. What must be refused is tried, too, and `broken` says so when it was not.
contract Handler is Actors {
    /// @dev What the registry has to say of a log.
    struct Model {
        uint256 owner; // keys of people
        uint256 operator;
        uint256 pending;
        uint64 size;
        uint64 time;
        uint64 nonce;
        bool closed;
    }

    uint256 public constant LOGS = 3;
    uint256 private constant PEOPLE = 4;
    uint256 private constant MAX_SIZE = 24;

    string public broken;
    uint256 public anchors;
    uint256 public skips;
    uint256 public refusals;
    mapping(uint256 => Model) private _models;
    mapping(uint256 brand => mapping(uint256 size => bytes32)) private _roots;

    constructor(IAnchorRegistry r) {
        registry = r;
        for (uint256 log = 0; log < LOGS; ++log) {
            _models[log].owner = person(log);
            _models[log].operator = person(log + 1);
            address owner = vm.addr(person(log));
            vm.prank(owner);
            r.openLog(vm.addr(person(log + 1)), ORIGIN, KEYS);
        }
        // The logs' own histories, and another one for each.
        for (uint256 brand = 0; brand < 2 * LOGS; ++brand) {
            for (uint256 size = 1; size <= MAX_SIZE; ++size) {
                _roots[brand][size] = Tree.root(brand, size);
            }
        }
    }

    function model(uint256 log) external view returns (Model memory) {
        return _models[log];
    }

    function rootOf(uint256 log) external view returns (bytes32) {
        return _roots[log][_models[log].size];
    }

    function person(uint256 n) public pure returns (uint256) {
        return 0xBEEF + n % PEOPLE;
    }

    function idOf(uint256 log) public view returns (bytes32) {
        return registry.logIdOf(vm.addr(person(log)), ORIGIN, KEYS);
    }

    // What the fuzzer calls.

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 1 hours));
    }

    /// @dev An anchor by somebody, of a size, of the log's own entries or of others, with a proof from some size.
    function anchor(uint256 log, uint256 who, uint256 size, uint256 lie) external {
        log %= LOGS;
        who = pick(who, _models[log].operator);
        (uint64 to, bytes32 root, bytes32[] memory proof, bool honest) = tree(log, size, lie);
        bool right = honest && _models[log].operator == who && !_models[log].closed;
        bytes32 logId = idOf(log);
        vm.prank(vm.addr(who));
        try registry.anchor(logId, to, root, proof) {
            if (!right) broken = "an anchor that must be refused was not";
            grown(log, to);
        } catch {
            if (right) broken = "an anchor that must be accepted was not";
            ++refusals;
        }
    }

    /// @dev What one item of a batch is about.
    struct Try {
        uint256 log;
        uint256 who;
        uint256 size;
        uint256 lie;
    }

    /// @dev A sponsor's batch, of two signed anchors each of which may be bad in its own way.
    function anchorMany(Try calldata first, Try calldata second) external {
        IAnchorRegistry.SignedAnchor[] memory items = new IAnchorRegistry.SignedAnchor[](2);
        bool firstRight;
        bool secondRight;
        (items[0], firstRight) = offer(first);
        (items[1], secondRight) = offer(second);
        try registry.anchorMany(items) returns (bytes4[] memory reasons) {
            judge(first.log % LOGS, items[0].size, reasons[0] == 0, firstRight, false);
            // The first may have moved the log under the second, whose proof is then a stale one.
            bool stale = reasons[0] == 0 && first.log % LOGS == second.log % LOGS;
            judge(second.log % LOGS, items[1].size, reasons[1] == 0, secondRight, stale);
        } catch {
            broken = "anchorMany reverted";
        }
    }

    function offer(Try calldata t) private view returns (IAnchorRegistry.SignedAnchor memory it, bool right) {
        uint256 log = t.log % LOGS;
        uint256 who = pick(t.who, _models[log].operator);
        (uint64 to, bytes32 root, bytes32[] memory proof, bool honest) = tree(log, t.size, t.lie);
        it = item(who, idOf(log), to, root, proof);
        right = honest && _models[log].operator == who && !_models[log].closed;
    }

    function judge(uint256 log, uint64 size, bool anchored, bool right, bool stale) private {
        if (!anchored) {
            if (right && !stale) broken = "a signed anchor that must be accepted was not";
            ++skips;
            return;
        }
        if (!right && !stale) broken = "a signed anchor that must be skipped was not";
        if (size <= _models[log].size) broken = "a signed anchor shrank a log";
        grown(log, size);
    }

    function setOperator(uint256 log, uint256 who, uint256 operator, bool signed) external {
        log %= LOGS;
        Model storage m = _models[log];
        (who, operator) = (pick(who, m.owner), person(operator));
        bytes memory call;
        if (signed) {
            bytes memory signature =
                sign(who, registry.setOperatorDigest(idOf(log), vm.addr(operator), m.nonce, uint64(block.timestamp)));
            call = abi.encodeCall(
                registry.setOperatorSigned, (idOf(log), vm.addr(operator), m.nonce, uint64(block.timestamp), signature)
            );
        } else {
            call = abi.encodeCall(registry.setOperator, (idOf(log), vm.addr(operator)));
        }
        if (act(who, call, who == m.owner && !m.closed)) {
            m.operator = operator;
            ++m.nonce;
        }
    }

    function transferOwner(uint256 log, uint256 who, uint256 heir, bool signed) external {
        log %= LOGS;
        Model storage m = _models[log];
        (who, heir) = (pick(who, m.owner), person(heir));
        bytes memory call;
        if (signed) {
            bytes memory signature =
                sign(who, registry.transferOwnerDigest(idOf(log), vm.addr(heir), m.nonce, uint64(block.timestamp)));
            call = abi.encodeCall(
                registry.transferOwnerSigned, (idOf(log), vm.addr(heir), m.nonce, uint64(block.timestamp), signature)
            );
        } else {
            call = abi.encodeCall(registry.transferOwner, (idOf(log), vm.addr(heir)));
        }
        if (act(who, call, who == m.owner && !m.closed)) {
            m.pending = heir;
            ++m.nonce;
        }
    }

    function acceptOwner(uint256 log, uint256 who, bool signed) external {
        log %= LOGS;
        Model storage m = _models[log];
        who = pick(who, m.pending);
        bytes memory call;
        if (signed) {
            bytes memory signature =
                sign(who, registry.acceptOwnerDigest(idOf(log), vm.addr(who), m.nonce, uint64(block.timestamp)));
            call = abi.encodeCall(
                registry.acceptOwnerSigned, (idOf(log), vm.addr(who), m.nonce, uint64(block.timestamp), signature)
            );
        } else {
            call = abi.encodeCall(registry.acceptOwner, (idOf(log)));
        }
        if (act(who, call, who == m.pending && !m.closed)) {
            (m.owner, m.pending) = (who, 0);
            ++m.nonce;
        }
    }

    function setKeys(uint256 log, uint256 who) external {
        log %= LOGS;
        Model storage m = _models[log];
        who = pick(who, m.owner);
        if (act(who, abi.encodeCall(registry.setKeys, (idOf(log), KEYS)), who == m.owner && !m.closed)) ++m.nonce;
    }

    /// @dev Rarely, or most of the run would be about closed logs.
    function closeLog(uint256 log, uint256 who, uint256 chance) external {
        log %= LOGS;
        Model storage m = _models[log];
        who = pick(who, m.owner);
        if (who == m.owner && chance % 16 != 0) return;
        if (act(who, abi.encodeCall(registry.closeLog, (idOf(log))), who == m.owner && !m.closed)) {
            (m.closed, m.pending) = (true, 0);
            ++m.nonce;
        }
    }

    function reopen(uint256 log, uint256 operator) external {
        log %= LOGS;
        address first = vm.addr(person(log));
        vm.prank(first);
        try registry.openLog(vm.addr(person(operator)), ORIGIN, KEYS) {
            broken = "a log was opened twice";
        } catch {
            ++refusals;
        }
    }

    // What they are made of.

    /// @dev Every other time the one who may.
    function pick(uint256 n, uint256 right) private pure returns (uint256) {
        return n % 2 == 0 && right != 0 ? right : person(n >> 1);
    }

    /// @dev A head of the log, and a proof to it from its present one; or, as `lie` goes, something like it.
    function tree(uint256 log, uint256 size, uint256 lie)
        private
        view
        returns (uint64 to, bytes32 root, bytes32[] memory proof, bool honest)
    {
        uint256 from = _models[log].size;
        to = uint64(bound(size, 1, MAX_SIZE));
        uint256 brand = log;
        lie %= 8;
        if (lie == 1) brand = LOGS + log;
        if (lie == 2) from = bound(size >> 128, 0, to);
        root = _roots[brand][to];
        proof = from <= to ? Tree.consistency(brand, from, to) : new bytes32[](0);
        if (lie == 3) root = flip(root, size >> 8);
        if (lie == 4 && proof.length > 0) {
            uint256 i = (size >> 16) % proof.length;
            proof[i] = flip(proof[i], size >> 24);
        }
        if (lie == 5) proof = new bytes32[](proof.length + 1);
        uint64 old = _models[log].size;
        if (old == 0) {
            // An empty log takes any root, and would be another log from then on: the model is of this one.
            root = _roots[log][to];
            honest = proof.length == 0;
        } else {
            honest = to > old && root == _roots[log][to] && same(proof, Tree.consistency(log, old, to));
        }
    }

    function same(bytes32[] memory a, bytes32[] memory b) private pure returns (bool) {
        return keccak256(abi.encode(a)) == keccak256(abi.encode(b));
    }

    function grown(uint256 log, uint64 size) private {
        _models[log].size = size;
        _models[log].time = uint64(block.timestamp);
        ++anchors;
    }

    /// @dev Calls the registry as somebody, and sees that it does what it should.
    function act(uint256 who, bytes memory call, bool right) private returns (bool done) {
        vm.prank(vm.addr(who));
        (done,) = address(registry).call(call);
        if (done && !right) broken = "what must be refused was done";
        if (!done && right) broken = "what must be done was refused";
        if (!done) ++refusals;
    }
}
