// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package contracts

import (
	"bytes"
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Reference imports to suppress errors if they are not otherwise used.
var (
	_ = bytes.Equal
	_ = errors.New
	_ = big.NewInt
	_ = common.Big1
	_ = types.BloomLookup
	_ = abi.ConvertType
)

// IAnchorRegistrySignedAnchor is an auto generated low-level Go binding around an user-defined struct.
type IAnchorRegistrySignedAnchor struct {
	LogId     [32]byte
	Size      uint64
	Root      [32]byte
	Deadline  uint64
	Proof     [][32]byte
	Signature []byte
}

// AnchorRegistryMetaData contains all meta data concerning the AnchorRegistry contract.
var AnchorRegistryMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"}],\"name\":\"AlreadyOpen\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"deadline\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"time\",\"type\":\"uint64\"}],\"name\":\"DeadlinePassed\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"length\",\"type\":\"uint256\"}],\"name\":\"InvalidKeys\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"string\",\"name\":\"origin\",\"type\":\"string\"}],\"name\":\"InvalidOrigin\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"headSize\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"}],\"name\":\"InvalidProof\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes\",\"name\":\"signature\",\"type\":\"bytes\"}],\"name\":\"InvalidSignature\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"}],\"name\":\"LogIsClosed\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"answer\",\"type\":\"bytes32\"}],\"name\":\"NoSha256\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"headSize\",\"type\":\"uint64\"}],\"name\":\"NotHead\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"}],\"name\":\"NotOperator\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"}],\"name\":\"NotOwner\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"pendingOwner\",\"type\":\"address\"}],\"name\":\"NotPendingOwner\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"headSize\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"}],\"name\":\"SizeNotAbove\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"}],\"name\":\"SizeTooLarge\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"}],\"name\":\"UnknownLog\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"nonce\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"expected\",\"type\":\"uint64\"}],\"name\":\"WrongNonce\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"}],\"name\":\"ZeroOperator\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"indexed\":false,\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"prevSize\",\"type\":\"uint64\"}],\"name\":\"Anchored\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"atSize\",\"type\":\"uint64\"},{\"indexed\":false,\"internalType\":\"bytes\",\"name\":\"keys\",\"type\":\"bytes\"}],\"name\":\"KeysChanged\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"indexed\":false,\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"}],\"name\":\"LogClosed\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"string\",\"name\":\"origin\",\"type\":\"string\"},{\"indexed\":false,\"internalType\":\"bytes\",\"name\":\"keys\",\"type\":\"bytes\"}],\"name\":\"LogOpened\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"address\",\"name\":\"previous\",\"type\":\"address\"}],\"name\":\"OperatorChanged\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"address\",\"name\":\"previous\",\"type\":\"address\"}],\"name\":\"OwnerChanged\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"newOwner\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"}],\"name\":\"OwnerOffered\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"indexed\":false,\"internalType\":\"bytes4\",\"name\":\"reason\",\"type\":\"bytes4\"}],\"name\":\"Skipped\",\"type\":\"event\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"}],\"name\":\"acceptOwner\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"newOwner\",\"type\":\"address\"},{\"internalType\":\"uint64\",\"name\":\"nonce\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"deadline\",\"type\":\"uint64\"}],\"name\":\"acceptOwnerDigest\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"newOwner\",\"type\":\"address\"},{\"internalType\":\"uint64\",\"name\":\"nonce\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"deadline\",\"type\":\"uint64\"},{\"internalType\":\"bytes\",\"name\":\"signature\",\"type\":\"bytes\"}],\"name\":\"acceptOwnerSigned\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32[]\",\"name\":\"proof\",\"type\":\"bytes32[]\"}],\"name\":\"anchor\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"deadline\",\"type\":\"uint64\"}],\"name\":\"anchorDigest\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"deadline\",\"type\":\"uint64\"},{\"internalType\":\"bytes32[]\",\"name\":\"proof\",\"type\":\"bytes32[]\"},{\"internalType\":\"bytes\",\"name\":\"signature\",\"type\":\"bytes\"}],\"internalType\":\"structIAnchorRegistry.SignedAnchor[]\",\"name\":\"items\",\"type\":\"tuple[]\"}],\"name\":\"anchorMany\",\"outputs\":[{\"internalType\":\"bytes4[]\",\"name\":\"reasons\",\"type\":\"bytes4[]\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"}],\"name\":\"closeLog\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"nonce\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"deadline\",\"type\":\"uint64\"}],\"name\":\"closeLogDigest\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"nonce\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"deadline\",\"type\":\"uint64\"},{\"internalType\":\"bytes\",\"name\":\"signature\",\"type\":\"bytes\"}],\"name\":\"closeLogSigned\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"domainSeparator\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"eip712Domain\",\"outputs\":[{\"internalType\":\"bytes1\",\"name\":\"fields\",\"type\":\"bytes1\"},{\"internalType\":\"string\",\"name\":\"name\",\"type\":\"string\"},{\"internalType\":\"string\",\"name\":\"version\",\"type\":\"string\"},{\"internalType\":\"uint256\",\"name\":\"chainId\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"verifyingContract\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"salt\",\"type\":\"bytes32\"},{\"internalType\":\"uint256[]\",\"name\":\"extensions\",\"type\":\"uint256[]\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"}],\"name\":\"head\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"time\",\"type\":\"uint64\"},{\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"},{\"internalType\":\"bool\",\"name\":\"closed\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"internalType\":\"string\",\"name\":\"origin\",\"type\":\"string\"},{\"internalType\":\"bytes\",\"name\":\"keys\",\"type\":\"bytes\"}],\"name\":\"logIdOf\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"pure\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"}],\"name\":\"nonceOf\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"},{\"internalType\":\"string\",\"name\":\"origin\",\"type\":\"string\"},{\"internalType\":\"bytes\",\"name\":\"keys\",\"type\":\"bytes\"}],\"name\":\"openLog\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"},{\"internalType\":\"string\",\"name\":\"origin\",\"type\":\"string\"},{\"internalType\":\"bytes\",\"name\":\"keys\",\"type\":\"bytes\"},{\"internalType\":\"uint64\",\"name\":\"deadline\",\"type\":\"uint64\"}],\"name\":\"openLogDigest\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"},{\"internalType\":\"string\",\"name\":\"origin\",\"type\":\"string\"},{\"internalType\":\"bytes\",\"name\":\"keys\",\"type\":\"bytes\"},{\"internalType\":\"uint64\",\"name\":\"deadline\",\"type\":\"uint64\"},{\"internalType\":\"bytes\",\"name\":\"signature\",\"type\":\"bytes\"}],\"name\":\"openLogSigned\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"}],\"name\":\"ownerOf\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"}],\"name\":\"pendingOwnerOf\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"bytes\",\"name\":\"keys\",\"type\":\"bytes\"}],\"name\":\"setKeys\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"bytes\",\"name\":\"keys\",\"type\":\"bytes\"},{\"internalType\":\"uint64\",\"name\":\"nonce\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"deadline\",\"type\":\"uint64\"}],\"name\":\"setKeysDigest\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"bytes\",\"name\":\"keys\",\"type\":\"bytes\"},{\"internalType\":\"uint64\",\"name\":\"nonce\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"deadline\",\"type\":\"uint64\"},{\"internalType\":\"bytes\",\"name\":\"signature\",\"type\":\"bytes\"}],\"name\":\"setKeysSigned\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"}],\"name\":\"setOperator\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"},{\"internalType\":\"uint64\",\"name\":\"nonce\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"deadline\",\"type\":\"uint64\"}],\"name\":\"setOperatorDigest\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"},{\"internalType\":\"uint64\",\"name\":\"nonce\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"deadline\",\"type\":\"uint64\"},{\"internalType\":\"bytes\",\"name\":\"signature\",\"type\":\"bytes\"}],\"name\":\"setOperatorSigned\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"newOwner\",\"type\":\"address\"}],\"name\":\"transferOwner\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"newOwner\",\"type\":\"address\"},{\"internalType\":\"uint64\",\"name\":\"nonce\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"deadline\",\"type\":\"uint64\"}],\"name\":\"transferOwnerDigest\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"newOwner\",\"type\":\"address\"},{\"internalType\":\"uint64\",\"name\":\"nonce\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"deadline\",\"type\":\"uint64\"},{\"internalType\":\"bytes\",\"name\":\"signature\",\"type\":\"bytes\"}],\"name\":\"transferOwnerSigned\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"index\",\"type\":\"uint64\"},{\"internalType\":\"bytes\",\"name\":\"entry\",\"type\":\"bytes\"},{\"internalType\":\"bytes32[]\",\"name\":\"proof\",\"type\":\"bytes32[]\"}],\"name\":\"verifyInclusion\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"}]",
	ID:  "AnchorRegistry",
	Bin: "0x608060405234606e5760206000808060025afa156062576000517fe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8558103604e57604051612e7a90816100748239f35b63493b91d760e11b60005260045260246000fd5b6040513d6000823e3d90fd5b600080fdfe6080604052600436101561001257600080fd5b60003560e01c806305d49e601461131f5780630d85eb49146112e45780630f63d4c9146112c857806314fa21a31461109d5780631bd82e151461108157806327717fa214610f9657806333f4026014610f7a5780635023a28c14610f5d57806359f3ec1614610f035780635c84712914610ec45780636240c56d14610e225780636f1a3e4914610dc25780636fee4dc014610da65780637dd5641114610d435780638430e84214610d1657806384b0196e14610bc657806386bbb77514610907578063979107901461089957806398b428a81461084c5780639ae3eb53146107c9578063aa03d08114610723578063ac0ecc7a146106d6578063c81be2901461063d578063dbcc1462146105f5578063eb51648f146105af578063eed96158146102be578063f339e3b214610204578063f698da25146101c35763fa6e905d1461015b57600080fd5b346101be5760207ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be576004356000526000602052602073ffffffffffffffffffffffffffffffffffffffff60036040600020015416604051908152f35b600080fd5b346101be5760007ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be5760206101fc611bc4565b604051908152f35b346101be5760207ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be57600435600052600060205260a0604060002080549073ffffffffffffffffffffffffffffffffffffffff82168015918261029a575b60010154926040519366ffffffffffffff82871c168552602085015260d81c6040840152606083015215156080820152f35b600281015473ffffffffffffffffffffffffffffffffffffffff1615159250610268565b346101be5760807ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be576004356102f86114db565b9060443560643567ffffffffffffffff81116101be5761034a6103407fffffffff0000000000000000000000000000000000000000000000000000000092369060040161159b565b9084878733612860565b168061035257005b8260005260006020526040600020907f3d199f11000000000000000000000000000000000000000000000000000000008114610581577f7e0c73da000000000000000000000000000000000000000000000000000000008114610553577f393acab9000000000000000000000000000000000000000000000000000000008114610505577f06e57ea00000000000000000000000000000000000000000000000000000000081146104b7577f474b20e7000000000000000000000000000000000000000000000000000000001461047b5760849366ffffffffffffff67ffffffffffffffff925460a01c16604051947fc2a7e943000000000000000000000000000000000000000000000000000000008652600486015260248501521660448301526064820152fd5b67ffffffffffffffff84847f474b20e7000000000000000000000000000000000000000000000000000000006000526004521660245260446000fd5b67ffffffffffffffff858566ffffffffffffff855460a01c16907f06e57ea0000000000000000000000000000000000000000000000000000000006000526004526024521660445260646000fd5b8373ffffffffffffffffffffffffffffffffffffffff835416907f393acab9000000000000000000000000000000000000000000000000000000006000526004523360245260445260646000fd5b837f7e0c73da0000000000000000000000000000000000000000000000000000000060005260045260246000fd5b837f3d199f110000000000000000000000000000000000000000000000000000000060005260045260246000fd5b346101be576105f36105e86105e16105ee6105c93661165e565b916105dc818587899b97999c989c6118fa565b611c95565b91846125ca565b82612496565b61278a565b005b346101be5760407ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be576105f3600435610632611473565b906105ee3382612496565b346101be5760a07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be57610674611450565b61067c611473565b60443567ffffffffffffffff81116101be5761069c903690600401611496565b92906064359267ffffffffffffffff84116101be576020946106c56101fc953690600401611496565b9390926106d06114c4565b95611b2f565b346101be5760607ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be5760206101fc6107126114db565b61071a611509565b90600435611acb565b346101be5760a07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be5760043560243567ffffffffffffffff81116101be57610775903690600401611496565b9061077e611509565b926107876114f2565b936084359067ffffffffffffffff82116101be576105e86105e16105f3976107b66107c4953690600401611496565b916105dc81878c8c8c611a46565b61262c565b346101be5760807ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be576004356108036114db565b9061080c611509565b916064359067ffffffffffffffff82116101be576105e86105e16105f39561083b610847953690600401611496565b916105dc81878a611acb565b6124cd565b346101be5760407ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be576105f3600435610889611473565b906108943382612496565b6126a9565b346101be5760807ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be5760243567ffffffffffffffff81116101be576101fc6108ed6020923690600401611496565b6108f5611509565b906108fe6114f2565b92600435611a46565b346101be5760a07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be576004356109416114db565b610949611509565b9060643567ffffffffffffffff81116101be5761096a903690600401611496565b9260843567ffffffffffffffff81116101be5761098b90369060040161159b565b93909186600052600060205260406000209173ffffffffffffffffffffffffffffffffffffffff60028401541615610b985767ffffffffffffffff66ffffffffffffff845460a01c16911697818903610b6357505067ffffffffffffffff16928684109586610a02575b6020876040519015158152f35b6020929394959650600091610a6c91610a5b602160405183819489830196898852848401378101878382015203017fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0810183528261175c565b6040519283928392519283916116f6565b8101039060025afa15610b57576001600051910154909460405190600182537fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff8495910191600181019760218201935b808403610b1257508352815b610ae65750506020955051149260051b0114168280808080806109f5565b90948035885260208360418460025afa156101be576020019460008190038116900460011c9081610ac8565b989192969060208860051b1690600182860101526021823591850301526020600060418560025afa156101be57602060005191019660011c9860011c98929198610abc565b6040513d6000823e3d90fd5b88907fab02dc250000000000000000000000000000000000000000000000000000000060005260045260245260445260646000fd5b877f3d199f110000000000000000000000000000000000000000000000000000000060005260045260246000fd5b346101be5760007ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be57610cb96020604051610c07828261175c565b600081526000368137604091610cc6835193610c23818661175c565b601585527f616b6173686920416e63686f7252656769737472790000000000000000000000838601528051610c58828261175c565b600181527f31000000000000000000000000000000000000000000000000000000000000008482015281519687967f0f00000000000000000000000000000000000000000000000000000000000000885260e08689015260e0880190611719565b9186830390870152611719565b466060850152306080850152600060a085015283810360c085015281808451928381520193019160005b828110610cff57505050500390f35b835185528695509381019392810192600101610cf0565b346101be576105f36105e86105e1610894610d303661165e565b916105dc818587899b97999c989c61187b565b346101be5760207ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be576004356000526000602052602073ffffffffffffffffffffffffffffffffffffffff60026040600020015416604051908152f35b346101be5760206101fc610db9366115cc565b939290926119de565b346101be5760407ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be5760243560043567ffffffffffffffff82116101be57610e176105f3923690600401611496565b916107c43382612496565b346101be57610e65610e5e73ffffffffffffffffffffffffffffffffffffffff610e4b3661165e565b916105dc818587899c98999b979b6117cc565b93856125ca565b169173ffffffffffffffffffffffffffffffffffffffff8216838103610e8f576105f383836120f6565b91507f3145b0160000000000000000000000000000000000000000000000000000000060005260045260245260445260646000fd5b346101be5760207ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be576105f36004356108473382612496565b346101be5760207ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be576004356000526000602052602067ffffffffffffffff60026040600020015460a01c16604051908152f35b346101be5760206101fc610f70366115cc565b9392909233611d54565b346101be5760206101fc610f8d36611520565b929190916118fa565b346101be5760807ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be5760206101fc610fd26114db565b610fda6114f2565b9061104c611078610fe9611bc4565b93604051928391888301956044359060043588929367ffffffffffffffff9195948260809460a08701987f30f548389607bccdcf5603599a511945af8b1c471380c309e8b95575fc1cb22b88526020880152166040860152606085015216910152565b037fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0810183528261175c565b5190209061229d565b346101be5760206101fc61109436611520565b9291909161187b565b346101be5760207ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be5760043567ffffffffffffffff81116101be576110ec90369060040161159b565b6110f58161184e565b91611103604051938461175c565b81835261110f8261184e565b907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0602085019201368337611142611bc4565b936000927fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff4183360301935b858110156112615760008160051b808601358781121561125d578601907fffffffff000000000000000000000000000000000000000000000000000000006111b5838c6122e3565b1692836111c9575b5050505060010161116d565b86518510156112305750604083926001959460207fd6db52a31fe9a7c151ac40fa76523538f5dca07e49795dd21a4c5b085de5b03b948a01015261120f60208201611866565b9367ffffffffffffffff83519516855260208501523592a2908880806111bd565b807f4e487b7100000000000000000000000000000000000000000000000000000000602492526032600452fd5b8280fd5b50906040519182916020830190602084525180915260408301919060005b81811061128d575050500390f35b82517fffffffff000000000000000000000000000000000000000000000000000000001684528594506020938401939092019160010161127f565b346101be5760206101fc6112db36611520565b929190916117cc565b346101be5760207ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be576105f3336004356120f6565b346101be5760c07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc3601126101be57611356611450565b61135e611473565b9060443567ffffffffffffffff81116101be5761137f903690600401611496565b9060643567ffffffffffffffff81116101be576113a0903690600401611496565b9490936113ab6114c4565b60a4359067ffffffffffffffff82116101be576113cf6113df923690600401611496565b916105dc818b8b8b8b8b8b611b2f565b73ffffffffffffffffffffffffffffffffffffffff80831691168181036114105760206101fc898989898989611d54565b61141d88888888876119de565b7fa3221ef20000000000000000000000000000000000000000000000000000000060005260045260245260445260646000fd5b6004359073ffffffffffffffffffffffffffffffffffffffff821682036101be57565b6024359073ffffffffffffffffffffffffffffffffffffffff821682036101be57565b9181601f840112156101be5782359167ffffffffffffffff83116101be57602083818601950101116101be57565b6084359067ffffffffffffffff821682036101be57565b6024359067ffffffffffffffff821682036101be57565b6064359067ffffffffffffffff821682036101be57565b6044359067ffffffffffffffff821682036101be57565b7ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc60809101126101be576004359060243573ffffffffffffffffffffffffffffffffffffffff811681036101be579060443567ffffffffffffffff811681036101be579060643567ffffffffffffffff811681036101be5790565b9181601f840112156101be5782359167ffffffffffffffff83116101be576020808501948460051b0101116101be57565b9060607ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc8301126101be5760043573ffffffffffffffffffffffffffffffffffffffff811681036101be579160243567ffffffffffffffff81116101be578161163791600401611496565b929092916044359067ffffffffffffffff82116101be5761165a91600401611496565b9091565b60a07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc8201126101be576004359160243573ffffffffffffffffffffffffffffffffffffffff811681036101be579160443567ffffffffffffffff811681036101be579160643567ffffffffffffffff811681036101be57916084359067ffffffffffffffff82116101be5761165a91600401611496565b60005b8381106117095750506000910152565b81810151838201526020016116f9565b907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0601f602093611755815180928187528780880191016116f6565b0116010190565b90601f7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0910116810190811067ffffffffffffffff82111761179d57604052565b7f4e487b7100000000000000000000000000000000000000000000000000000000600052604160045260246000fd5b9067ffffffffffffffff61184b94816117e3611bc4565b9573ffffffffffffffffffffffffffffffffffffffff6040519560208701977f025c7580c7f226891350a7e7949508ad7e8f2be685c5c3e2cd936c022c3995ee895260408801521660608601521660808401521660a082015260a0815261107860c08261175c565b90565b67ffffffffffffffff811161179d5760051b60200190565b3567ffffffffffffffff811681036101be5790565b9067ffffffffffffffff61184b9481611892611bc4565b9573ffffffffffffffffffffffffffffffffffffffff6040519560208701977ff03f6ee38e8d808db99e23410721011a159039f5a75f12e6979cd430249ae6fc895260408801521660608601521660808401521660a082015260a0815261107860c08261175c565b9067ffffffffffffffff61184b9481611911611bc4565b9573ffffffffffffffffffffffffffffffffffffffff6040519560208701977f531e177852c42d167c3ed756169e8e9a3385340ddafcc1a2a8be4c059ec827b8895260408801521660608601521660808401521660a082015260a0815261107860c08261175c565b92919267ffffffffffffffff821161179d57604051916119c1601f82017fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0166020018461175c565b8294818452818301116101be578281602093846000960137010152565b9392906119f0906119ff933691611979565b60208151910120923691611979565b602081519101206040519173ffffffffffffffffffffffffffffffffffffffff60208401941684526040830152606082015260608152611a4060808261175c565b51902090565b92919367ffffffffffffffff611a62819361184b973691611979565b60208151910120936040519460208601967f1876060cefc30b2163d89142ee6cde3a445900676f622dd5d4fe0461002f61698852604087015260608601521660808401521660a082015260a08152611abb60c08261175c565b519020611ac6611bc4565b61229d565b61184b929167ffffffffffffffff611ae1611bc4565b93816040519360208501957fd39fb9bd958068055a6d597861416bc0adaf1dd907af1b9f8f9205e0cdd292a0875260408601521660608401521660808201526080815261107860a08261175c565b949093611b4f906119f061184b989467ffffffffffffffff963691611979565b602081519101209073ffffffffffffffffffffffffffffffffffffffff604051958160208801987f22bdd285fcaf69f990b398a79dfd9c96cfc0e983bb988e183cb0579e682288f68a52166040880152166060860152608085015260a08401521660c082015260c08152611abb60e08261175c565b60405160208101907f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f82527fb388adb90599cb9eb8b5156832c9b3b0785e23c22d34d5ba10cbfc88bb30eff860408201527fc89efdaa54c0f20c7adf612882df0950f5a951637e0307cdcb4c672f298b8bc660608201524660808201523060a082015260a08152611a4060c08261175c565b601f82602094937fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0938186528686013760008582860101520116010190565b9067ffffffffffffffff9094939416804211611d1957508382611cb792612c45565b9273ffffffffffffffffffffffffffffffffffffffff841615611cd8575050565b611d156040519283927f2adfdc30000000000000000000000000000000000000000000000000000000008452602060048501526024840191611c56565b0390fd5b7ffdea5da10000000000000000000000000000000000000000000000000000000060005260045267ffffffffffffffff421660245260446000fd5b90919594611d658186868a866119de565b96876000526000602052604060002093600285019073ffffffffffffffffffffffffffffffffffffffff82541661207a5773ffffffffffffffffffffffffffffffffffffffff1694851561204c5786158015612042575b6120065790899593969492918860005b878110611ea05750611e9b9493899373ffffffffffffffffffffffffffffffffffffffff93611e207f914d7f5539510b8f184845657f5d55e9b8525f137398098034e6a57f6e7891909b9c611e8b95612cfb565b887fffffffffffffffffffffffff00000000000000000000000000000000000000008254161790558386167fffffffffffffffffffffffff00000000000000000000000000000000000000008254161790556040519788978852606060208901526060880191611c56565b9285840360408701521697611c56565b0390a3565b919293949698959750507f21000000000000000000000000000000000000000000000000000000000000007fff00000000000000000000000000000000000000000000000000000000000000611ef7838b88612c0a565b3516108015611fb0575b8015611f5a575b611f1e5760010190888b97959896949392611dcc565b6040517fe5e419ef0000000000000000000000000000000000000000000000000000000081526020600482015280611d15602482018b88611c56565b507f2b000000000000000000000000000000000000000000000000000000000000007fff00000000000000000000000000000000000000000000000000000000000000611fa8838b88612c0a565b351614611f08565b507f7e000000000000000000000000000000000000000000000000000000000000007fff00000000000000000000000000000000000000000000000000000000000000611ffe838b88612c0a565b351611611f01565b6040517fe5e419ef0000000000000000000000000000000000000000000000000000000081526020600482015280611d15602482018a87611c56565b5060ff8711611dbc565b897f2d9649610000000000000000000000000000000000000000000000000000000060005260045260246000fd5b897f869d90100000000000000000000000000000000000000000000000000000000060005260045260246000fd5b67ffffffffffffffff1667ffffffffffffffff81146120c75760010190565b7f4e487b7100000000000000000000000000000000000000000000000000000000600052601160045260246000fd5b9061210082612dd0565b91600383019273ffffffffffffffffffffffffffffffffffffffff8454168015801561227d575b612232575090600273ffffffffffffffffffffffffffffffffffffffff939201936121af61216267ffffffffffffffff875460a01c166120a8565b86547fffffffff0000000000000000ffffffffffffffffffffffffffffffffffffffff1660a09190911b7bffffffffffffffff000000000000000000000000000000000000000016178655565b7fffffffffffffffffffffffff0000000000000000000000000000000000000000815416905582845416906040519182527f06e9c07310f63759634ddbb7257dbb19ca404f90bd6bdef1d3386fab033cebce602085851693a3167fffffffffffffffffffffffff0000000000000000000000000000000000000000825416179055565b73ffffffffffffffffffffffffffffffffffffffff84847f3145b016000000000000000000000000000000000000000000000000000000006000526004521660245260445260646000fd5b508073ffffffffffffffffffffffffffffffffffffffff85161415612127565b906040519060208201927f190100000000000000000000000000000000000000000000000000000000000084526022830152604282015260428152611a4060628261175c565b906060810167ffffffffffffffff6122fa82611866565b16421161246f57813590612387602084019461231586611866565b61104c611078612329604089013596611866565b6040519283918860208401968b88929367ffffffffffffffff9195948260809460a08701987f30f548389607bccdcf5603599a511945af8b1c471380c309e8b95575fc1cb22b88526020880152166040860152606085015216910152565b60a0840135907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe18536030191828112156101be57850180359067ffffffffffffffff82116101be5760200181360381136101be576123e492612c45565b9473ffffffffffffffffffffffffffffffffffffffff8616156124455761240a90611866565b936080810135918212156101be57019283359367ffffffffffffffff85116101be57602001928460051b360384136101be5761184b95612860565b5050505050507f2adfdc300000000000000000000000000000000000000000000000000000000090565b5050507ffdea5da10000000000000000000000000000000000000000000000000000000090565b91906124a183612dd0565b9273ffffffffffffffffffffffffffffffffffffffff8060028601541692169082820361141d57505050565b60407f8716a37e27980c69df27943100de681b9b7463c25a1dee8260e7c4b40e0b243c9161255b6002820161250f67ffffffffffffffff825460a01c166120a8565b7fffffffff0000000000000000ffffffffffffffffffffffffffffffffffffffff7bffffffffffffffff000000000000000000000000000000000000000083549260a01b169116179055565b60018154917fffffffffffffffffffffffff000000000000000000000000000000000000000083168155600381017fffffffffffffffffffffffff00000000000000000000000000000000000000008154169055015466ffffffffffffff83519260a01c1682526020820152a2565b80600052600060205267ffffffffffffffff8060026040600020015460a01c169216908282036125f957505050565b7f0109fd7c0000000000000000000000000000000000000000000000000000000060005260045260245260445260646000fd5b916126a466ffffffffffffff7f9b8a9302918e4f0ba2496cfd6e62d30f2fe1a5b92241ba5e3448223c712b1801949593956126678585612cfb565b6126856002820161250f67ffffffffffffffff825460a01c166120a8565b5460a01c16916040519384938452604060208501526040840191611c56565b0390a2565b602073ffffffffffffffffffffffffffffffffffffffff807fcef16d453185323a7988a1f4f52e838250940b799cd70357bdd45764c50cd6ef936003600282019161275161270467ffffffffffffffff855460a01c166120a8565b84547fffffffff0000000000000000ffffffffffffffffffffffffffffffffffffffff1660a09190911b7bffffffffffffffff000000000000000000000000000000000000000016178455565b018288167fffffffffffffffffffffffff00000000000000000000000000000000000000008254161790555416946040519586521693a3565b9173ffffffffffffffffffffffffffffffffffffffff169081156128335781906127c86002850161250f67ffffffffffffffff825460a01c166120a8565b7fca740bd5cca56b72a44eb89e8a703e2e1269576576b5b5ce52a1ba317d20d78d602073ffffffffffffffffffffffffffffffffffffffff865416604051908152a37fffffffffffffffffffffffff0000000000000000000000000000000000000000825416179055565b7f2d9649610000000000000000000000000000000000000000000000000000000060005260045260246000fd5b909291959460009684600052600060205260406000209182549073ffffffffffffffffffffffffffffffffffffffff82169160a01c66ffffffffffffff8116958315612b925773ffffffffffffffffffffffffffffffffffffffff84911603612b645767ffffffffffffffff841698868a1115612b35576701000000000000008a1015612b06576000876129a957505050155b1561297d579360018193604095937f10d64b358a2a34d1aefd3923dfecde63ee095436d398bd873df1fd341db42724977affffffffffffff00000000000000000000000000000000000000007fffffffffff0000000000000000000000000000000000000000000000000000004260d81b169260a01b1617178155015582519182526020820152a3565b507fc2a7e943000000000000000000000000000000000000000000000000000000009750505050505050565b60018701547fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff604051928d606085019460018153600186538c8466ffffffffffffff899a8387031616809204019485930104958594612af7575b818f959492608101978589525b808503612a8a575083602182019586525b612a3b57505050505114915114169260051b0114166128f3565b9193945091978035806001840152606183015260208760418560025afa15612a865760208560418460025afa15612a8657602001978084038116900460011c9182918f959492612a21565b8380fd5b93999550919360018a1615612ae657853580606185015260208960418560025afa15612ae257600184015260218301525b60208460418460025afa15612a86576020845195019860011c9260011c918f959492612a10565b8580fd5b600183015284356021830152612abb565b60208801985087359450612a03565b507f474b20e7000000000000000000000000000000000000000000000000000000009a50505050505050505050565b507f06e57ea0000000000000000000000000000000000000000000000000000000009a50505050505050505050565b507f393acab90000000000000000000000000000000000000000000000000000000099505050505050505050565b50505050509250505073ffffffffffffffffffffffffffffffffffffffff9293506002915001541615600014612be6577f3d199f110000000000000000000000000000000000000000000000000000000090565b7f7e0c73da0000000000000000000000000000000000000000000000000000000090565b90821015612c16570190565b7f4e487b7100000000000000000000000000000000000000000000000000000000600052603260045260246000fd5b60418303612cf357826020116101be57813591836040116101be5760208101359360401015612c16576040013560f81c907f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a084118015612cdc575b612cd357602093600093608093604051938452868401526040830152606082015282805260015afa15610b575760005190565b50505050600090565b50601b8214158015612ca05750601c821415612ca0565b505050600090565b8115908115612dc4575b8115612d41575b50612d145750565b7f9e5ec7040000000000000000000000000000000000000000000000000000000060005260045260246000fd5b90507fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff82018281116120c757612dba7fff0000000000000000000000000000000000000000000000000000000000000091847f0a0000000000000000000000000000000000000000000000000000000000000094612c0a565b3516141538612d0c565b61200083119150612d05565b9081600052600060205260406000209173ffffffffffffffffffffffffffffffffffffffff60028401541615612e4d5773ffffffffffffffffffffffffffffffffffffffff83541615612e205750565b7f7e0c73da0000000000000000000000000000000000000000000000000000000060005260045260246000fd5b7f3d199f110000000000000000000000000000000000000000000000000000000060005260045260246000fd",
}

// AnchorRegistry is an auto generated Go binding around an Ethereum contract.
type AnchorRegistry struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *AnchorRegistry) GetABI() abi.ABI {
	return c.abi
}

// NewAnchorRegistry creates a new instance of AnchorRegistry.
func NewAnchorRegistry() *AnchorRegistry {
	parsed, err := AnchorRegistryMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &AnchorRegistry{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *AnchorRegistry) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackAcceptOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0d85eb49.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function acceptOwner(bytes32 logId) returns()
func (anchorRegistry *AnchorRegistry) PackAcceptOwner(logId [32]byte) []byte {
	enc, err := anchorRegistry.abi.Pack("acceptOwner", logId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAcceptOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0d85eb49.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function acceptOwner(bytes32 logId) returns()
func (anchorRegistry *AnchorRegistry) TryPackAcceptOwner(logId [32]byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("acceptOwner", logId)
}

// PackAcceptOwnerDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0f63d4c9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function acceptOwnerDigest(bytes32 logId, address newOwner, uint64 nonce, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) PackAcceptOwnerDigest(logId [32]byte, newOwner common.Address, nonce uint64, deadline uint64) []byte {
	enc, err := anchorRegistry.abi.Pack("acceptOwnerDigest", logId, newOwner, nonce, deadline)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAcceptOwnerDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0f63d4c9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function acceptOwnerDigest(bytes32 logId, address newOwner, uint64 nonce, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) TryPackAcceptOwnerDigest(logId [32]byte, newOwner common.Address, nonce uint64, deadline uint64) ([]byte, error) {
	return anchorRegistry.abi.Pack("acceptOwnerDigest", logId, newOwner, nonce, deadline)
}

// UnpackAcceptOwnerDigest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x0f63d4c9.
//
// Solidity: function acceptOwnerDigest(bytes32 logId, address newOwner, uint64 nonce, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) UnpackAcceptOwnerDigest(data []byte) ([32]byte, error) {
	out, err := anchorRegistry.abi.Unpack("acceptOwnerDigest", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackAcceptOwnerSigned is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6240c56d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function acceptOwnerSigned(bytes32 logId, address newOwner, uint64 nonce, uint64 deadline, bytes signature) returns()
func (anchorRegistry *AnchorRegistry) PackAcceptOwnerSigned(logId [32]byte, newOwner common.Address, nonce uint64, deadline uint64, signature []byte) []byte {
	enc, err := anchorRegistry.abi.Pack("acceptOwnerSigned", logId, newOwner, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAcceptOwnerSigned is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6240c56d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function acceptOwnerSigned(bytes32 logId, address newOwner, uint64 nonce, uint64 deadline, bytes signature) returns()
func (anchorRegistry *AnchorRegistry) TryPackAcceptOwnerSigned(logId [32]byte, newOwner common.Address, nonce uint64, deadline uint64, signature []byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("acceptOwnerSigned", logId, newOwner, nonce, deadline, signature)
}

// PackAnchor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xeed96158.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function anchor(bytes32 logId, uint64 size, bytes32 root, bytes32[] proof) returns()
func (anchorRegistry *AnchorRegistry) PackAnchor(logId [32]byte, size uint64, root [32]byte, proof [][32]byte) []byte {
	enc, err := anchorRegistry.abi.Pack("anchor", logId, size, root, proof)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAnchor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xeed96158.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function anchor(bytes32 logId, uint64 size, bytes32 root, bytes32[] proof) returns()
func (anchorRegistry *AnchorRegistry) TryPackAnchor(logId [32]byte, size uint64, root [32]byte, proof [][32]byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("anchor", logId, size, root, proof)
}

// PackAnchorDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x27717fa2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function anchorDigest(bytes32 logId, uint64 size, bytes32 root, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) PackAnchorDigest(logId [32]byte, size uint64, root [32]byte, deadline uint64) []byte {
	enc, err := anchorRegistry.abi.Pack("anchorDigest", logId, size, root, deadline)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAnchorDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x27717fa2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function anchorDigest(bytes32 logId, uint64 size, bytes32 root, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) TryPackAnchorDigest(logId [32]byte, size uint64, root [32]byte, deadline uint64) ([]byte, error) {
	return anchorRegistry.abi.Pack("anchorDigest", logId, size, root, deadline)
}

// UnpackAnchorDigest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x27717fa2.
//
// Solidity: function anchorDigest(bytes32 logId, uint64 size, bytes32 root, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) UnpackAnchorDigest(data []byte) ([32]byte, error) {
	out, err := anchorRegistry.abi.Unpack("anchorDigest", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackAnchorMany is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x14fa21a3.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function anchorMany((bytes32,uint64,bytes32,uint64,bytes32[],bytes)[] items) returns(bytes4[] reasons)
func (anchorRegistry *AnchorRegistry) PackAnchorMany(items []IAnchorRegistrySignedAnchor) []byte {
	enc, err := anchorRegistry.abi.Pack("anchorMany", items)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAnchorMany is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x14fa21a3.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function anchorMany((bytes32,uint64,bytes32,uint64,bytes32[],bytes)[] items) returns(bytes4[] reasons)
func (anchorRegistry *AnchorRegistry) TryPackAnchorMany(items []IAnchorRegistrySignedAnchor) ([]byte, error) {
	return anchorRegistry.abi.Pack("anchorMany", items)
}

// UnpackAnchorMany is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x14fa21a3.
//
// Solidity: function anchorMany((bytes32,uint64,bytes32,uint64,bytes32[],bytes)[] items) returns(bytes4[] reasons)
func (anchorRegistry *AnchorRegistry) UnpackAnchorMany(data []byte) ([][4]byte, error) {
	out, err := anchorRegistry.abi.Unpack("anchorMany", data)
	if err != nil {
		return *new([][4]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([][4]byte)).(*[][4]byte)
	return out0, nil
}

// PackCloseLog is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5c847129.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function closeLog(bytes32 logId) returns()
func (anchorRegistry *AnchorRegistry) PackCloseLog(logId [32]byte) []byte {
	enc, err := anchorRegistry.abi.Pack("closeLog", logId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCloseLog is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5c847129.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function closeLog(bytes32 logId) returns()
func (anchorRegistry *AnchorRegistry) TryPackCloseLog(logId [32]byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("closeLog", logId)
}

// PackCloseLogDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xac0ecc7a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function closeLogDigest(bytes32 logId, uint64 nonce, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) PackCloseLogDigest(logId [32]byte, nonce uint64, deadline uint64) []byte {
	enc, err := anchorRegistry.abi.Pack("closeLogDigest", logId, nonce, deadline)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCloseLogDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xac0ecc7a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function closeLogDigest(bytes32 logId, uint64 nonce, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) TryPackCloseLogDigest(logId [32]byte, nonce uint64, deadline uint64) ([]byte, error) {
	return anchorRegistry.abi.Pack("closeLogDigest", logId, nonce, deadline)
}

// UnpackCloseLogDigest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xac0ecc7a.
//
// Solidity: function closeLogDigest(bytes32 logId, uint64 nonce, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) UnpackCloseLogDigest(data []byte) ([32]byte, error) {
	out, err := anchorRegistry.abi.Unpack("closeLogDigest", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackCloseLogSigned is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9ae3eb53.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function closeLogSigned(bytes32 logId, uint64 nonce, uint64 deadline, bytes signature) returns()
func (anchorRegistry *AnchorRegistry) PackCloseLogSigned(logId [32]byte, nonce uint64, deadline uint64, signature []byte) []byte {
	enc, err := anchorRegistry.abi.Pack("closeLogSigned", logId, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCloseLogSigned is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9ae3eb53.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function closeLogSigned(bytes32 logId, uint64 nonce, uint64 deadline, bytes signature) returns()
func (anchorRegistry *AnchorRegistry) TryPackCloseLogSigned(logId [32]byte, nonce uint64, deadline uint64, signature []byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("closeLogSigned", logId, nonce, deadline, signature)
}

// PackDomainSeparator is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf698da25.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function domainSeparator() view returns(bytes32)
func (anchorRegistry *AnchorRegistry) PackDomainSeparator() []byte {
	enc, err := anchorRegistry.abi.Pack("domainSeparator")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDomainSeparator is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf698da25.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function domainSeparator() view returns(bytes32)
func (anchorRegistry *AnchorRegistry) TryPackDomainSeparator() ([]byte, error) {
	return anchorRegistry.abi.Pack("domainSeparator")
}

// UnpackDomainSeparator is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xf698da25.
//
// Solidity: function domainSeparator() view returns(bytes32)
func (anchorRegistry *AnchorRegistry) UnpackDomainSeparator(data []byte) ([32]byte, error) {
	out, err := anchorRegistry.abi.Unpack("domainSeparator", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackEip712Domain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x84b0196e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function eip712Domain() view returns(bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)
func (anchorRegistry *AnchorRegistry) PackEip712Domain() []byte {
	enc, err := anchorRegistry.abi.Pack("eip712Domain")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackEip712Domain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x84b0196e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function eip712Domain() view returns(bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)
func (anchorRegistry *AnchorRegistry) TryPackEip712Domain() ([]byte, error) {
	return anchorRegistry.abi.Pack("eip712Domain")
}

// Eip712DomainOutput serves as a container for the return parameters of contract
// method Eip712Domain.
type Eip712DomainOutput struct {
	Fields            [1]byte
	Name              string
	Version           string
	ChainId           *big.Int
	VerifyingContract common.Address
	Salt              [32]byte
	Extensions        []*big.Int
}

// UnpackEip712Domain is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x84b0196e.
//
// Solidity: function eip712Domain() view returns(bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)
func (anchorRegistry *AnchorRegistry) UnpackEip712Domain(data []byte) (Eip712DomainOutput, error) {
	out, err := anchorRegistry.abi.Unpack("eip712Domain", data)
	outstruct := new(Eip712DomainOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Fields = *abi.ConvertType(out[0], new([1]byte)).(*[1]byte)
	outstruct.Name = *abi.ConvertType(out[1], new(string)).(*string)
	outstruct.Version = *abi.ConvertType(out[2], new(string)).(*string)
	outstruct.ChainId = abi.ConvertType(out[3], new(big.Int)).(*big.Int)
	outstruct.VerifyingContract = *abi.ConvertType(out[4], new(common.Address)).(*common.Address)
	outstruct.Salt = *abi.ConvertType(out[5], new([32]byte)).(*[32]byte)
	outstruct.Extensions = *abi.ConvertType(out[6], new([]*big.Int)).(*[]*big.Int)
	return *outstruct, nil
}

// PackHead is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf339e3b2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function head(bytes32 logId) view returns(uint64 size, bytes32 root, uint64 time, address operator, bool closed)
func (anchorRegistry *AnchorRegistry) PackHead(logId [32]byte) []byte {
	enc, err := anchorRegistry.abi.Pack("head", logId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackHead is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf339e3b2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function head(bytes32 logId) view returns(uint64 size, bytes32 root, uint64 time, address operator, bool closed)
func (anchorRegistry *AnchorRegistry) TryPackHead(logId [32]byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("head", logId)
}

// HeadOutput serves as a container for the return parameters of contract
// method Head.
type HeadOutput struct {
	Size     uint64
	Root     [32]byte
	Time     uint64
	Operator common.Address
	Closed   bool
}

// UnpackHead is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xf339e3b2.
//
// Solidity: function head(bytes32 logId) view returns(uint64 size, bytes32 root, uint64 time, address operator, bool closed)
func (anchorRegistry *AnchorRegistry) UnpackHead(data []byte) (HeadOutput, error) {
	out, err := anchorRegistry.abi.Unpack("head", data)
	outstruct := new(HeadOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Size = *abi.ConvertType(out[0], new(uint64)).(*uint64)
	outstruct.Root = *abi.ConvertType(out[1], new([32]byte)).(*[32]byte)
	outstruct.Time = *abi.ConvertType(out[2], new(uint64)).(*uint64)
	outstruct.Operator = *abi.ConvertType(out[3], new(common.Address)).(*common.Address)
	outstruct.Closed = *abi.ConvertType(out[4], new(bool)).(*bool)
	return *outstruct, nil
}

// PackLogIdOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6fee4dc0.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function logIdOf(address owner, string origin, bytes keys) pure returns(bytes32)
func (anchorRegistry *AnchorRegistry) PackLogIdOf(owner common.Address, origin string, keys []byte) []byte {
	enc, err := anchorRegistry.abi.Pack("logIdOf", owner, origin, keys)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackLogIdOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6fee4dc0.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function logIdOf(address owner, string origin, bytes keys) pure returns(bytes32)
func (anchorRegistry *AnchorRegistry) TryPackLogIdOf(owner common.Address, origin string, keys []byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("logIdOf", owner, origin, keys)
}

// UnpackLogIdOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6fee4dc0.
//
// Solidity: function logIdOf(address owner, string origin, bytes keys) pure returns(bytes32)
func (anchorRegistry *AnchorRegistry) UnpackLogIdOf(data []byte) ([32]byte, error) {
	out, err := anchorRegistry.abi.Unpack("logIdOf", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackNonceOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x59f3ec16.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function nonceOf(bytes32 logId) view returns(uint64)
func (anchorRegistry *AnchorRegistry) PackNonceOf(logId [32]byte) []byte {
	enc, err := anchorRegistry.abi.Pack("nonceOf", logId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackNonceOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x59f3ec16.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function nonceOf(bytes32 logId) view returns(uint64)
func (anchorRegistry *AnchorRegistry) TryPackNonceOf(logId [32]byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("nonceOf", logId)
}

// UnpackNonceOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x59f3ec16.
//
// Solidity: function nonceOf(bytes32 logId) view returns(uint64)
func (anchorRegistry *AnchorRegistry) UnpackNonceOf(data []byte) (uint64, error) {
	out, err := anchorRegistry.abi.Unpack("nonceOf", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackOpenLog is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5023a28c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function openLog(address operator, string origin, bytes keys) returns(bytes32 logId)
func (anchorRegistry *AnchorRegistry) PackOpenLog(operator common.Address, origin string, keys []byte) []byte {
	enc, err := anchorRegistry.abi.Pack("openLog", operator, origin, keys)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOpenLog is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5023a28c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function openLog(address operator, string origin, bytes keys) returns(bytes32 logId)
func (anchorRegistry *AnchorRegistry) TryPackOpenLog(operator common.Address, origin string, keys []byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("openLog", operator, origin, keys)
}

// UnpackOpenLog is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x5023a28c.
//
// Solidity: function openLog(address operator, string origin, bytes keys) returns(bytes32 logId)
func (anchorRegistry *AnchorRegistry) UnpackOpenLog(data []byte) ([32]byte, error) {
	out, err := anchorRegistry.abi.Unpack("openLog", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackOpenLogDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc81be290.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function openLogDigest(address owner, address operator, string origin, bytes keys, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) PackOpenLogDigest(owner common.Address, operator common.Address, origin string, keys []byte, deadline uint64) []byte {
	enc, err := anchorRegistry.abi.Pack("openLogDigest", owner, operator, origin, keys, deadline)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOpenLogDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc81be290.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function openLogDigest(address owner, address operator, string origin, bytes keys, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) TryPackOpenLogDigest(owner common.Address, operator common.Address, origin string, keys []byte, deadline uint64) ([]byte, error) {
	return anchorRegistry.abi.Pack("openLogDigest", owner, operator, origin, keys, deadline)
}

// UnpackOpenLogDigest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc81be290.
//
// Solidity: function openLogDigest(address owner, address operator, string origin, bytes keys, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) UnpackOpenLogDigest(data []byte) ([32]byte, error) {
	out, err := anchorRegistry.abi.Unpack("openLogDigest", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackOpenLogSigned is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x05d49e60.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function openLogSigned(address owner, address operator, string origin, bytes keys, uint64 deadline, bytes signature) returns(bytes32 logId)
func (anchorRegistry *AnchorRegistry) PackOpenLogSigned(owner common.Address, operator common.Address, origin string, keys []byte, deadline uint64, signature []byte) []byte {
	enc, err := anchorRegistry.abi.Pack("openLogSigned", owner, operator, origin, keys, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOpenLogSigned is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x05d49e60.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function openLogSigned(address owner, address operator, string origin, bytes keys, uint64 deadline, bytes signature) returns(bytes32 logId)
func (anchorRegistry *AnchorRegistry) TryPackOpenLogSigned(owner common.Address, operator common.Address, origin string, keys []byte, deadline uint64, signature []byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("openLogSigned", owner, operator, origin, keys, deadline, signature)
}

// UnpackOpenLogSigned is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x05d49e60.
//
// Solidity: function openLogSigned(address owner, address operator, string origin, bytes keys, uint64 deadline, bytes signature) returns(bytes32 logId)
func (anchorRegistry *AnchorRegistry) UnpackOpenLogSigned(data []byte) ([32]byte, error) {
	out, err := anchorRegistry.abi.Unpack("openLogSigned", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackOwnerOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7dd56411.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function ownerOf(bytes32 logId) view returns(address)
func (anchorRegistry *AnchorRegistry) PackOwnerOf(logId [32]byte) []byte {
	enc, err := anchorRegistry.abi.Pack("ownerOf", logId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOwnerOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7dd56411.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function ownerOf(bytes32 logId) view returns(address)
func (anchorRegistry *AnchorRegistry) TryPackOwnerOf(logId [32]byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("ownerOf", logId)
}

// UnpackOwnerOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x7dd56411.
//
// Solidity: function ownerOf(bytes32 logId) view returns(address)
func (anchorRegistry *AnchorRegistry) UnpackOwnerOf(data []byte) (common.Address, error) {
	out, err := anchorRegistry.abi.Unpack("ownerOf", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackPendingOwnerOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfa6e905d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function pendingOwnerOf(bytes32 logId) view returns(address)
func (anchorRegistry *AnchorRegistry) PackPendingOwnerOf(logId [32]byte) []byte {
	enc, err := anchorRegistry.abi.Pack("pendingOwnerOf", logId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPendingOwnerOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfa6e905d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function pendingOwnerOf(bytes32 logId) view returns(address)
func (anchorRegistry *AnchorRegistry) TryPackPendingOwnerOf(logId [32]byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("pendingOwnerOf", logId)
}

// UnpackPendingOwnerOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xfa6e905d.
//
// Solidity: function pendingOwnerOf(bytes32 logId) view returns(address)
func (anchorRegistry *AnchorRegistry) UnpackPendingOwnerOf(data []byte) (common.Address, error) {
	out, err := anchorRegistry.abi.Unpack("pendingOwnerOf", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackSetKeys is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6f1a3e49.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setKeys(bytes32 logId, bytes keys) returns()
func (anchorRegistry *AnchorRegistry) PackSetKeys(logId [32]byte, keys []byte) []byte {
	enc, err := anchorRegistry.abi.Pack("setKeys", logId, keys)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetKeys is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6f1a3e49.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setKeys(bytes32 logId, bytes keys) returns()
func (anchorRegistry *AnchorRegistry) TryPackSetKeys(logId [32]byte, keys []byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("setKeys", logId, keys)
}

// PackSetKeysDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x97910790.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setKeysDigest(bytes32 logId, bytes keys, uint64 nonce, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) PackSetKeysDigest(logId [32]byte, keys []byte, nonce uint64, deadline uint64) []byte {
	enc, err := anchorRegistry.abi.Pack("setKeysDigest", logId, keys, nonce, deadline)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetKeysDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x97910790.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setKeysDigest(bytes32 logId, bytes keys, uint64 nonce, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) TryPackSetKeysDigest(logId [32]byte, keys []byte, nonce uint64, deadline uint64) ([]byte, error) {
	return anchorRegistry.abi.Pack("setKeysDigest", logId, keys, nonce, deadline)
}

// UnpackSetKeysDigest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x97910790.
//
// Solidity: function setKeysDigest(bytes32 logId, bytes keys, uint64 nonce, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) UnpackSetKeysDigest(data []byte) ([32]byte, error) {
	out, err := anchorRegistry.abi.Unpack("setKeysDigest", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackSetKeysSigned is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xaa03d081.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setKeysSigned(bytes32 logId, bytes keys, uint64 nonce, uint64 deadline, bytes signature) returns()
func (anchorRegistry *AnchorRegistry) PackSetKeysSigned(logId [32]byte, keys []byte, nonce uint64, deadline uint64, signature []byte) []byte {
	enc, err := anchorRegistry.abi.Pack("setKeysSigned", logId, keys, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetKeysSigned is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xaa03d081.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setKeysSigned(bytes32 logId, bytes keys, uint64 nonce, uint64 deadline, bytes signature) returns()
func (anchorRegistry *AnchorRegistry) TryPackSetKeysSigned(logId [32]byte, keys []byte, nonce uint64, deadline uint64, signature []byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("setKeysSigned", logId, keys, nonce, deadline, signature)
}

// PackSetOperator is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdbcc1462.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setOperator(bytes32 logId, address operator) returns()
func (anchorRegistry *AnchorRegistry) PackSetOperator(logId [32]byte, operator common.Address) []byte {
	enc, err := anchorRegistry.abi.Pack("setOperator", logId, operator)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetOperator is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdbcc1462.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setOperator(bytes32 logId, address operator) returns()
func (anchorRegistry *AnchorRegistry) TryPackSetOperator(logId [32]byte, operator common.Address) ([]byte, error) {
	return anchorRegistry.abi.Pack("setOperator", logId, operator)
}

// PackSetOperatorDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x33f40260.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setOperatorDigest(bytes32 logId, address operator, uint64 nonce, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) PackSetOperatorDigest(logId [32]byte, operator common.Address, nonce uint64, deadline uint64) []byte {
	enc, err := anchorRegistry.abi.Pack("setOperatorDigest", logId, operator, nonce, deadline)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetOperatorDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x33f40260.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setOperatorDigest(bytes32 logId, address operator, uint64 nonce, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) TryPackSetOperatorDigest(logId [32]byte, operator common.Address, nonce uint64, deadline uint64) ([]byte, error) {
	return anchorRegistry.abi.Pack("setOperatorDigest", logId, operator, nonce, deadline)
}

// UnpackSetOperatorDigest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x33f40260.
//
// Solidity: function setOperatorDigest(bytes32 logId, address operator, uint64 nonce, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) UnpackSetOperatorDigest(data []byte) ([32]byte, error) {
	out, err := anchorRegistry.abi.Unpack("setOperatorDigest", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackSetOperatorSigned is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xeb51648f.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setOperatorSigned(bytes32 logId, address operator, uint64 nonce, uint64 deadline, bytes signature) returns()
func (anchorRegistry *AnchorRegistry) PackSetOperatorSigned(logId [32]byte, operator common.Address, nonce uint64, deadline uint64, signature []byte) []byte {
	enc, err := anchorRegistry.abi.Pack("setOperatorSigned", logId, operator, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetOperatorSigned is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xeb51648f.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setOperatorSigned(bytes32 logId, address operator, uint64 nonce, uint64 deadline, bytes signature) returns()
func (anchorRegistry *AnchorRegistry) TryPackSetOperatorSigned(logId [32]byte, operator common.Address, nonce uint64, deadline uint64, signature []byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("setOperatorSigned", logId, operator, nonce, deadline, signature)
}

// PackTransferOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x98b428a8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function transferOwner(bytes32 logId, address newOwner) returns()
func (anchorRegistry *AnchorRegistry) PackTransferOwner(logId [32]byte, newOwner common.Address) []byte {
	enc, err := anchorRegistry.abi.Pack("transferOwner", logId, newOwner)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTransferOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x98b428a8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function transferOwner(bytes32 logId, address newOwner) returns()
func (anchorRegistry *AnchorRegistry) TryPackTransferOwner(logId [32]byte, newOwner common.Address) ([]byte, error) {
	return anchorRegistry.abi.Pack("transferOwner", logId, newOwner)
}

// PackTransferOwnerDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1bd82e15.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function transferOwnerDigest(bytes32 logId, address newOwner, uint64 nonce, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) PackTransferOwnerDigest(logId [32]byte, newOwner common.Address, nonce uint64, deadline uint64) []byte {
	enc, err := anchorRegistry.abi.Pack("transferOwnerDigest", logId, newOwner, nonce, deadline)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTransferOwnerDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1bd82e15.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function transferOwnerDigest(bytes32 logId, address newOwner, uint64 nonce, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) TryPackTransferOwnerDigest(logId [32]byte, newOwner common.Address, nonce uint64, deadline uint64) ([]byte, error) {
	return anchorRegistry.abi.Pack("transferOwnerDigest", logId, newOwner, nonce, deadline)
}

// UnpackTransferOwnerDigest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x1bd82e15.
//
// Solidity: function transferOwnerDigest(bytes32 logId, address newOwner, uint64 nonce, uint64 deadline) view returns(bytes32)
func (anchorRegistry *AnchorRegistry) UnpackTransferOwnerDigest(data []byte) ([32]byte, error) {
	out, err := anchorRegistry.abi.Unpack("transferOwnerDigest", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackTransferOwnerSigned is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8430e842.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function transferOwnerSigned(bytes32 logId, address newOwner, uint64 nonce, uint64 deadline, bytes signature) returns()
func (anchorRegistry *AnchorRegistry) PackTransferOwnerSigned(logId [32]byte, newOwner common.Address, nonce uint64, deadline uint64, signature []byte) []byte {
	enc, err := anchorRegistry.abi.Pack("transferOwnerSigned", logId, newOwner, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTransferOwnerSigned is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8430e842.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function transferOwnerSigned(bytes32 logId, address newOwner, uint64 nonce, uint64 deadline, bytes signature) returns()
func (anchorRegistry *AnchorRegistry) TryPackTransferOwnerSigned(logId [32]byte, newOwner common.Address, nonce uint64, deadline uint64, signature []byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("transferOwnerSigned", logId, newOwner, nonce, deadline, signature)
}

// PackVerifyInclusion is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x86bbb775.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function verifyInclusion(bytes32 logId, uint64 size, uint64 index, bytes entry, bytes32[] proof) view returns(bool)
func (anchorRegistry *AnchorRegistry) PackVerifyInclusion(logId [32]byte, size uint64, index uint64, entry []byte, proof [][32]byte) []byte {
	enc, err := anchorRegistry.abi.Pack("verifyInclusion", logId, size, index, entry, proof)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackVerifyInclusion is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x86bbb775.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function verifyInclusion(bytes32 logId, uint64 size, uint64 index, bytes entry, bytes32[] proof) view returns(bool)
func (anchorRegistry *AnchorRegistry) TryPackVerifyInclusion(logId [32]byte, size uint64, index uint64, entry []byte, proof [][32]byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("verifyInclusion", logId, size, index, entry, proof)
}

// UnpackVerifyInclusion is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x86bbb775.
//
// Solidity: function verifyInclusion(bytes32 logId, uint64 size, uint64 index, bytes entry, bytes32[] proof) view returns(bool)
func (anchorRegistry *AnchorRegistry) UnpackVerifyInclusion(data []byte) (bool, error) {
	out, err := anchorRegistry.abi.Unpack("verifyInclusion", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// AnchorRegistryAnchored represents a Anchored event raised by the AnchorRegistry contract.
type AnchorRegistryAnchored struct {
	LogId    [32]byte
	Size     uint64
	Root     [32]byte
	PrevSize uint64
	Raw      *types.Log // Blockchain specific contextual infos
}

const AnchorRegistryAnchoredEventName = "Anchored"

// ContractEventName returns the user-defined event name.
func (AnchorRegistryAnchored) ContractEventName() string {
	return AnchorRegistryAnchoredEventName
}

// UnpackAnchoredEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Anchored(bytes32 indexed logId, uint64 indexed size, bytes32 root, uint64 prevSize)
func (anchorRegistry *AnchorRegistry) UnpackAnchoredEvent(log *types.Log) (*AnchorRegistryAnchored, error) {
	event := "Anchored"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchorRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorRegistryAnchored)
	if len(log.Data) > 0 {
		if err := anchorRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range anchorRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// AnchorRegistryKeysChanged represents a KeysChanged event raised by the AnchorRegistry contract.
type AnchorRegistryKeysChanged struct {
	LogId  [32]byte
	AtSize uint64
	Keys   []byte
	Raw    *types.Log // Blockchain specific contextual infos
}

const AnchorRegistryKeysChangedEventName = "KeysChanged"

// ContractEventName returns the user-defined event name.
func (AnchorRegistryKeysChanged) ContractEventName() string {
	return AnchorRegistryKeysChangedEventName
}

// UnpackKeysChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event KeysChanged(bytes32 indexed logId, uint64 atSize, bytes keys)
func (anchorRegistry *AnchorRegistry) UnpackKeysChangedEvent(log *types.Log) (*AnchorRegistryKeysChanged, error) {
	event := "KeysChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchorRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorRegistryKeysChanged)
	if len(log.Data) > 0 {
		if err := anchorRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range anchorRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// AnchorRegistryLogClosed represents a LogClosed event raised by the AnchorRegistry contract.
type AnchorRegistryLogClosed struct {
	LogId [32]byte
	Size  uint64
	Root  [32]byte
	Raw   *types.Log // Blockchain specific contextual infos
}

const AnchorRegistryLogClosedEventName = "LogClosed"

// ContractEventName returns the user-defined event name.
func (AnchorRegistryLogClosed) ContractEventName() string {
	return AnchorRegistryLogClosedEventName
}

// UnpackLogClosedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event LogClosed(bytes32 indexed logId, uint64 size, bytes32 root)
func (anchorRegistry *AnchorRegistry) UnpackLogClosedEvent(log *types.Log) (*AnchorRegistryLogClosed, error) {
	event := "LogClosed"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchorRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorRegistryLogClosed)
	if len(log.Data) > 0 {
		if err := anchorRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range anchorRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// AnchorRegistryLogOpened represents a LogOpened event raised by the AnchorRegistry contract.
type AnchorRegistryLogOpened struct {
	LogId    [32]byte
	Owner    common.Address
	Operator common.Address
	Origin   string
	Keys     []byte
	Raw      *types.Log // Blockchain specific contextual infos
}

const AnchorRegistryLogOpenedEventName = "LogOpened"

// ContractEventName returns the user-defined event name.
func (AnchorRegistryLogOpened) ContractEventName() string {
	return AnchorRegistryLogOpenedEventName
}

// UnpackLogOpenedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event LogOpened(bytes32 indexed logId, address indexed owner, address operator, string origin, bytes keys)
func (anchorRegistry *AnchorRegistry) UnpackLogOpenedEvent(log *types.Log) (*AnchorRegistryLogOpened, error) {
	event := "LogOpened"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchorRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorRegistryLogOpened)
	if len(log.Data) > 0 {
		if err := anchorRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range anchorRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// AnchorRegistryOperatorChanged represents a OperatorChanged event raised by the AnchorRegistry contract.
type AnchorRegistryOperatorChanged struct {
	LogId    [32]byte
	Operator common.Address
	Previous common.Address
	Raw      *types.Log // Blockchain specific contextual infos
}

const AnchorRegistryOperatorChangedEventName = "OperatorChanged"

// ContractEventName returns the user-defined event name.
func (AnchorRegistryOperatorChanged) ContractEventName() string {
	return AnchorRegistryOperatorChangedEventName
}

// UnpackOperatorChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event OperatorChanged(bytes32 indexed logId, address indexed operator, address previous)
func (anchorRegistry *AnchorRegistry) UnpackOperatorChangedEvent(log *types.Log) (*AnchorRegistryOperatorChanged, error) {
	event := "OperatorChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchorRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorRegistryOperatorChanged)
	if len(log.Data) > 0 {
		if err := anchorRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range anchorRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// AnchorRegistryOwnerChanged represents a OwnerChanged event raised by the AnchorRegistry contract.
type AnchorRegistryOwnerChanged struct {
	LogId    [32]byte
	Owner    common.Address
	Previous common.Address
	Raw      *types.Log // Blockchain specific contextual infos
}

const AnchorRegistryOwnerChangedEventName = "OwnerChanged"

// ContractEventName returns the user-defined event name.
func (AnchorRegistryOwnerChanged) ContractEventName() string {
	return AnchorRegistryOwnerChangedEventName
}

// UnpackOwnerChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event OwnerChanged(bytes32 indexed logId, address indexed owner, address previous)
func (anchorRegistry *AnchorRegistry) UnpackOwnerChangedEvent(log *types.Log) (*AnchorRegistryOwnerChanged, error) {
	event := "OwnerChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchorRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorRegistryOwnerChanged)
	if len(log.Data) > 0 {
		if err := anchorRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range anchorRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// AnchorRegistryOwnerOffered represents a OwnerOffered event raised by the AnchorRegistry contract.
type AnchorRegistryOwnerOffered struct {
	LogId    [32]byte
	NewOwner common.Address
	Owner    common.Address
	Raw      *types.Log // Blockchain specific contextual infos
}

const AnchorRegistryOwnerOfferedEventName = "OwnerOffered"

// ContractEventName returns the user-defined event name.
func (AnchorRegistryOwnerOffered) ContractEventName() string {
	return AnchorRegistryOwnerOfferedEventName
}

// UnpackOwnerOfferedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event OwnerOffered(bytes32 indexed logId, address indexed newOwner, address owner)
func (anchorRegistry *AnchorRegistry) UnpackOwnerOfferedEvent(log *types.Log) (*AnchorRegistryOwnerOffered, error) {
	event := "OwnerOffered"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchorRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorRegistryOwnerOffered)
	if len(log.Data) > 0 {
		if err := anchorRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range anchorRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// AnchorRegistrySkipped represents a Skipped event raised by the AnchorRegistry contract.
type AnchorRegistrySkipped struct {
	LogId  [32]byte
	Size   uint64
	Reason [4]byte
	Raw    *types.Log // Blockchain specific contextual infos
}

const AnchorRegistrySkippedEventName = "Skipped"

// ContractEventName returns the user-defined event name.
func (AnchorRegistrySkipped) ContractEventName() string {
	return AnchorRegistrySkippedEventName
}

// UnpackSkippedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Skipped(bytes32 indexed logId, uint64 size, bytes4 reason)
func (anchorRegistry *AnchorRegistry) UnpackSkippedEvent(log *types.Log) (*AnchorRegistrySkipped, error) {
	event := "Skipped"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchorRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorRegistrySkipped)
	if len(log.Data) > 0 {
		if err := anchorRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range anchorRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// UnpackError attempts to decode the provided error data using user-defined
// error definitions.
func (anchorRegistry *AnchorRegistry) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["AlreadyOpen"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackAlreadyOpenError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["DeadlinePassed"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackDeadlinePassedError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["InvalidKeys"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackInvalidKeysError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["InvalidOrigin"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackInvalidOriginError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["InvalidProof"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackInvalidProofError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["InvalidSignature"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackInvalidSignatureError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["LogIsClosed"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackLogIsClosedError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["NoSha256"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackNoSha256Error(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["NotHead"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackNotHeadError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["NotOperator"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackNotOperatorError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["NotOwner"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackNotOwnerError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["NotPendingOwner"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackNotPendingOwnerError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["SizeNotAbove"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackSizeNotAboveError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["SizeTooLarge"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackSizeTooLargeError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["UnknownLog"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackUnknownLogError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["WrongNonce"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackWrongNonceError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["ZeroOperator"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackZeroOperatorError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// AnchorRegistryAlreadyOpen represents a AlreadyOpen error raised by the AnchorRegistry contract.
type AnchorRegistryAlreadyOpen struct {
	LogId [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AlreadyOpen(bytes32 logId)
func AnchorRegistryAlreadyOpenErrorID() common.Hash {
	return common.HexToHash("0x869d90106ffc2664b97ace112e0c93a084218014437b846d9d3b88813cc36c03")
}

// UnpackAlreadyOpenError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AlreadyOpen(bytes32 logId)
func (anchorRegistry *AnchorRegistry) UnpackAlreadyOpenError(raw []byte) (*AnchorRegistryAlreadyOpen, error) {
	out := new(AnchorRegistryAlreadyOpen)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "AlreadyOpen", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistryDeadlinePassed represents a DeadlinePassed error raised by the AnchorRegistry contract.
type AnchorRegistryDeadlinePassed struct {
	Deadline uint64
	Time     uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error DeadlinePassed(uint64 deadline, uint64 time)
func AnchorRegistryDeadlinePassedErrorID() common.Hash {
	return common.HexToHash("0xfdea5da12467c034f428aa4c3488253fbee1fdc6f980858b238c00b9b0ad4d03")
}

// UnpackDeadlinePassedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error DeadlinePassed(uint64 deadline, uint64 time)
func (anchorRegistry *AnchorRegistry) UnpackDeadlinePassedError(raw []byte) (*AnchorRegistryDeadlinePassed, error) {
	out := new(AnchorRegistryDeadlinePassed)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "DeadlinePassed", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistryInvalidKeys represents a InvalidKeys error raised by the AnchorRegistry contract.
type AnchorRegistryInvalidKeys struct {
	Length *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidKeys(uint256 length)
func AnchorRegistryInvalidKeysErrorID() common.Hash {
	return common.HexToHash("0x9e5ec704b6ae3451dbecb764b9afb881c0d134fe2a4102cd9cd77c7a7615fa7c")
}

// UnpackInvalidKeysError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidKeys(uint256 length)
func (anchorRegistry *AnchorRegistry) UnpackInvalidKeysError(raw []byte) (*AnchorRegistryInvalidKeys, error) {
	out := new(AnchorRegistryInvalidKeys)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "InvalidKeys", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistryInvalidOrigin represents a InvalidOrigin error raised by the AnchorRegistry contract.
type AnchorRegistryInvalidOrigin struct {
	Origin string
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidOrigin(string origin)
func AnchorRegistryInvalidOriginErrorID() common.Hash {
	return common.HexToHash("0xe5e419ef081cc0bce9699c7dc36ed682b284ada013bb96d5542b2717cf53ae0d")
}

// UnpackInvalidOriginError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidOrigin(string origin)
func (anchorRegistry *AnchorRegistry) UnpackInvalidOriginError(raw []byte) (*AnchorRegistryInvalidOrigin, error) {
	out := new(AnchorRegistryInvalidOrigin)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "InvalidOrigin", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistryInvalidProof represents a InvalidProof error raised by the AnchorRegistry contract.
type AnchorRegistryInvalidProof struct {
	LogId    [32]byte
	HeadSize uint64
	Size     uint64
	Root     [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidProof(bytes32 logId, uint64 headSize, uint64 size, bytes32 root)
func AnchorRegistryInvalidProofErrorID() common.Hash {
	return common.HexToHash("0xc2a7e9434778c38f2567afa0f36f28d97625c7fa32f5558ab847c94518218d8a")
}

// UnpackInvalidProofError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidProof(bytes32 logId, uint64 headSize, uint64 size, bytes32 root)
func (anchorRegistry *AnchorRegistry) UnpackInvalidProofError(raw []byte) (*AnchorRegistryInvalidProof, error) {
	out := new(AnchorRegistryInvalidProof)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "InvalidProof", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistryInvalidSignature represents a InvalidSignature error raised by the AnchorRegistry contract.
type AnchorRegistryInvalidSignature struct {
	Signature []byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidSignature(bytes signature)
func AnchorRegistryInvalidSignatureErrorID() common.Hash {
	return common.HexToHash("0x2adfdc30243118285c3a3397bc16aada45cb9cb201aba4d4ddd49fd30a067484")
}

// UnpackInvalidSignatureError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidSignature(bytes signature)
func (anchorRegistry *AnchorRegistry) UnpackInvalidSignatureError(raw []byte) (*AnchorRegistryInvalidSignature, error) {
	out := new(AnchorRegistryInvalidSignature)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "InvalidSignature", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistryLogIsClosed represents a LogIsClosed error raised by the AnchorRegistry contract.
type AnchorRegistryLogIsClosed struct {
	LogId [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error LogIsClosed(bytes32 logId)
func AnchorRegistryLogIsClosedErrorID() common.Hash {
	return common.HexToHash("0x7e0c73da4a7026375cbeabc435b49c7b8d76c8483e434b03708add0aecd80c64")
}

// UnpackLogIsClosedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error LogIsClosed(bytes32 logId)
func (anchorRegistry *AnchorRegistry) UnpackLogIsClosedError(raw []byte) (*AnchorRegistryLogIsClosed, error) {
	out := new(AnchorRegistryLogIsClosed)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "LogIsClosed", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistryNoSha256 represents a NoSha256 error raised by the AnchorRegistry contract.
type AnchorRegistryNoSha256 struct {
	Answer [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoSha256(bytes32 answer)
func AnchorRegistryNoSha256ErrorID() common.Hash {
	return common.HexToHash("0x927723aeabac59c910eff7e73b8a5a97d331444e89c990947b09fc59672d694d")
}

// UnpackNoSha256Error is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoSha256(bytes32 answer)
func (anchorRegistry *AnchorRegistry) UnpackNoSha256Error(raw []byte) (*AnchorRegistryNoSha256, error) {
	out := new(AnchorRegistryNoSha256)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "NoSha256", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistryNotHead represents a NotHead error raised by the AnchorRegistry contract.
type AnchorRegistryNotHead struct {
	LogId    [32]byte
	Size     uint64
	HeadSize uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotHead(bytes32 logId, uint64 size, uint64 headSize)
func AnchorRegistryNotHeadErrorID() common.Hash {
	return common.HexToHash("0xab02dc25e71d8e76c64cfbec1571ff9fccf17f5a28942e24cac6f019030e1067")
}

// UnpackNotHeadError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotHead(bytes32 logId, uint64 size, uint64 headSize)
func (anchorRegistry *AnchorRegistry) UnpackNotHeadError(raw []byte) (*AnchorRegistryNotHead, error) {
	out := new(AnchorRegistryNotHead)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "NotHead", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistryNotOperator represents a NotOperator error raised by the AnchorRegistry contract.
type AnchorRegistryNotOperator struct {
	LogId    [32]byte
	Account  common.Address
	Operator common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotOperator(bytes32 logId, address account, address operator)
func AnchorRegistryNotOperatorErrorID() common.Hash {
	return common.HexToHash("0x393acab9a7051ab8600336010bfd36285ce21c8bd965e9cb6814599aa30c788d")
}

// UnpackNotOperatorError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotOperator(bytes32 logId, address account, address operator)
func (anchorRegistry *AnchorRegistry) UnpackNotOperatorError(raw []byte) (*AnchorRegistryNotOperator, error) {
	out := new(AnchorRegistryNotOperator)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "NotOperator", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistryNotOwner represents a NotOwner error raised by the AnchorRegistry contract.
type AnchorRegistryNotOwner struct {
	LogId   [32]byte
	Account common.Address
	Owner   common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotOwner(bytes32 logId, address account, address owner)
func AnchorRegistryNotOwnerErrorID() common.Hash {
	return common.HexToHash("0xa3221ef2c10fd31b857d5da73c2f22f331075c0b93252074ff077d5eb4475e2f")
}

// UnpackNotOwnerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotOwner(bytes32 logId, address account, address owner)
func (anchorRegistry *AnchorRegistry) UnpackNotOwnerError(raw []byte) (*AnchorRegistryNotOwner, error) {
	out := new(AnchorRegistryNotOwner)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "NotOwner", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistryNotPendingOwner represents a NotPendingOwner error raised by the AnchorRegistry contract.
type AnchorRegistryNotPendingOwner struct {
	LogId        [32]byte
	Account      common.Address
	PendingOwner common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotPendingOwner(bytes32 logId, address account, address pendingOwner)
func AnchorRegistryNotPendingOwnerErrorID() common.Hash {
	return common.HexToHash("0x3145b0167b9c38f9ecc2895064331b534d3374bfe97a17856b8ebf65f7bcc21c")
}

// UnpackNotPendingOwnerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotPendingOwner(bytes32 logId, address account, address pendingOwner)
func (anchorRegistry *AnchorRegistry) UnpackNotPendingOwnerError(raw []byte) (*AnchorRegistryNotPendingOwner, error) {
	out := new(AnchorRegistryNotPendingOwner)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "NotPendingOwner", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistrySizeNotAbove represents a SizeNotAbove error raised by the AnchorRegistry contract.
type AnchorRegistrySizeNotAbove struct {
	LogId    [32]byte
	HeadSize uint64
	Size     uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SizeNotAbove(bytes32 logId, uint64 headSize, uint64 size)
func AnchorRegistrySizeNotAboveErrorID() common.Hash {
	return common.HexToHash("0x06e57ea0ce5b7c64b01be83d09c7a02d8b53d9cb5c2718f9f9af5dcf79cef82a")
}

// UnpackSizeNotAboveError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SizeNotAbove(bytes32 logId, uint64 headSize, uint64 size)
func (anchorRegistry *AnchorRegistry) UnpackSizeNotAboveError(raw []byte) (*AnchorRegistrySizeNotAbove, error) {
	out := new(AnchorRegistrySizeNotAbove)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "SizeNotAbove", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistrySizeTooLarge represents a SizeTooLarge error raised by the AnchorRegistry contract.
type AnchorRegistrySizeTooLarge struct {
	LogId [32]byte
	Size  uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SizeTooLarge(bytes32 logId, uint64 size)
func AnchorRegistrySizeTooLargeErrorID() common.Hash {
	return common.HexToHash("0x474b20e751ddd343e77a27ee9d7c5bccc3cd50122ccbb5f1c479b76027a59bbc")
}

// UnpackSizeTooLargeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SizeTooLarge(bytes32 logId, uint64 size)
func (anchorRegistry *AnchorRegistry) UnpackSizeTooLargeError(raw []byte) (*AnchorRegistrySizeTooLarge, error) {
	out := new(AnchorRegistrySizeTooLarge)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "SizeTooLarge", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistryUnknownLog represents a UnknownLog error raised by the AnchorRegistry contract.
type AnchorRegistryUnknownLog struct {
	LogId [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error UnknownLog(bytes32 logId)
func AnchorRegistryUnknownLogErrorID() common.Hash {
	return common.HexToHash("0x3d199f1183868c6135e73df22cf71d9abe1d6ec1dd78ff8f6752e68a15553c40")
}

// UnpackUnknownLogError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error UnknownLog(bytes32 logId)
func (anchorRegistry *AnchorRegistry) UnpackUnknownLogError(raw []byte) (*AnchorRegistryUnknownLog, error) {
	out := new(AnchorRegistryUnknownLog)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "UnknownLog", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistryWrongNonce represents a WrongNonce error raised by the AnchorRegistry contract.
type AnchorRegistryWrongNonce struct {
	LogId    [32]byte
	Nonce    uint64
	Expected uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongNonce(bytes32 logId, uint64 nonce, uint64 expected)
func AnchorRegistryWrongNonceErrorID() common.Hash {
	return common.HexToHash("0x0109fd7c52505b9979917b424632f6b34e2949685bb2b17f2b4223ccb4d3c582")
}

// UnpackWrongNonceError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongNonce(bytes32 logId, uint64 nonce, uint64 expected)
func (anchorRegistry *AnchorRegistry) UnpackWrongNonceError(raw []byte) (*AnchorRegistryWrongNonce, error) {
	out := new(AnchorRegistryWrongNonce)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "WrongNonce", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistryZeroOperator represents a ZeroOperator error raised by the AnchorRegistry contract.
type AnchorRegistryZeroOperator struct {
	LogId [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ZeroOperator(bytes32 logId)
func AnchorRegistryZeroOperatorErrorID() common.Hash {
	return common.HexToHash("0x2d964961969f34cc131531d3533e9995ea1d0b52a467eaf42f54e8932dd68e68")
}

// UnpackZeroOperatorError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ZeroOperator(bytes32 logId)
func (anchorRegistry *AnchorRegistry) UnpackZeroOperatorError(raw []byte) (*AnchorRegistryZeroOperator, error) {
	out := new(AnchorRegistryZeroOperator)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "ZeroOperator", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// runtimeCodeHash is the Keccak-256 hash of AnchorRegistry.bin-runtime.
const runtimeCodeHash = "0x48bf6ce7c817c0515b0a6f2a6586f0e3c1d790f2b288ac02f9dcd656f3b0c7ee"
