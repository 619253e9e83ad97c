//! The constants of the curves that [`super::curve`] computes on: `y² = x³ + ax + b` over `p`, base point `(x, y)` of
//! prime order `n`. All have cofactor 1. Published in SEC 2, FIPS 186 and RFC 5639 §3.

use super::curve::Domain;
use crypto_bigint::{U256, U384, U512};

/// NIST P-224 (FIPS 186-4 D.1.2.2).
pub(crate) const P224: Domain<{ U256::LIMBS }> = Domain {
    bytes: 28,
    p: U256::from_be_hex("00000000ffffffffffffffffffffffffffffffff000000000000000000000001"),
    a: U256::from_be_hex("00000000fffffffffffffffffffffffffffffffefffffffffffffffffffffffe"),
    b: U256::from_be_hex("00000000b4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4"),
    x: U256::from_be_hex("00000000b70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21"),
    y: U256::from_be_hex("00000000bd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34"),
    n: U256::from_be_hex("00000000ffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3d"),
};

/// secp256k1 (SEC 2 §2.4.1).
pub(crate) const SECP256K1: Domain<{ U256::LIMBS }> = Domain {
    bytes: 32,
    p: U256::from_be_hex("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"),
    a: U256::from_be_hex("0000000000000000000000000000000000000000000000000000000000000000"),
    b: U256::from_be_hex("0000000000000000000000000000000000000000000000000000000000000007"),
    x: U256::from_be_hex("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
    y: U256::from_be_hex("483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"),
    n: U256::from_be_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
};

/// brainpoolP224r1 (RFC 5639 §3).
pub(crate) const BRAINPOOL_P224R1: Domain<{ U256::LIMBS }> = Domain {
    bytes: 28,
    p: U256::from_be_hex("00000000d7c134aa264366862a18302575d1d787b09f075797da89f57ec8c0ff"),
    a: U256::from_be_hex("0000000068a5e62ca9ce6c1c299803a6c1530b514e182ad8b0042a59cad29f43"),
    b: U256::from_be_hex("000000002580f63ccfe44138870713b1a92369e33e2135d266dbb372386c400b"),
    x: U256::from_be_hex("000000000d9029ad2c7e5cf4340823b2a87dc68c9e4ce3174c1e6efdee12c07d"),
    y: U256::from_be_hex("0000000058aa56f772c0726f24c6b89e4ecdac24354b9e99caa3f6d3761402cd"),
    n: U256::from_be_hex("00000000d7c134aa264366862a18302575d0fb98d116bc4b6ddebca3a5a7939f"),
};

/// brainpoolP256r1 (RFC 5639 §3).
pub(crate) const BRAINPOOL_P256R1: Domain<{ U256::LIMBS }> = Domain {
    bytes: 32,
    p: U256::from_be_hex("a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377"),
    a: U256::from_be_hex("7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9"),
    b: U256::from_be_hex("26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6"),
    x: U256::from_be_hex("8bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262"),
    y: U256::from_be_hex("547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997"),
    n: U256::from_be_hex("a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7"),
};

/// brainpoolP320r1 (RFC 5639 §3).
pub(crate) const BRAINPOOL_P320R1: Domain<{ U384::LIMBS }> = Domain {
    bytes: 40,
    p: U384::from_be_hex(
        "0000000000000000d35e472036bc4fb7e13c785ed201e065f98fcfa6f6f40def4f92b9ec7893ec28fcd412b1f1b32e27",
    ),
    a: U384::from_be_hex(
        "00000000000000003ee30b568fbab0f883ccebd46d3f3bb8a2a73513f5eb79da66190eb085ffa9f492f375a97d860eb4",
    ),
    b: U384::from_be_hex(
        "0000000000000000520883949dfdbc42d3ad198640688a6fe13f41349554b49acc31dccd884539816f5eb4ac8fb1f1a6",
    ),
    x: U384::from_be_hex(
        "000000000000000043bd7e9afb53d8b85289bcc48ee5bfe6f20137d10a087eb6e7871e2a10a599c710af8d0d39e20611",
    ),
    y: U384::from_be_hex(
        "000000000000000014fdd05545ec1cc8ab4093247f77275e0743ffed117182eaa9c77877aaac6ac7d35245d1692e8ee1",
    ),
    n: U384::from_be_hex(
        "0000000000000000d35e472036bc4fb7e13c785ed201e065f98fcfa5b68f12a32d482ec7ee8658e98691555b44c59311",
    ),
};

/// brainpoolP384r1 (RFC 5639 §3).
pub(crate) const BRAINPOOL_P384R1: Domain<{ U384::LIMBS }> = Domain {
    bytes: 48,
    p: U384::from_be_hex(
        "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53",
    ),
    a: U384::from_be_hex(
        "7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f8aa5814a503ad4eb04a8c7dd22ce2826",
    ),
    b: U384::from_be_hex(
        "04a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d57cb4390295dbc9943ab78696fa504c11",
    ),
    x: U384::from_be_hex(
        "1d1c64f068cf45ffa2a63a81b7c13f6b8847a3e77ef14fe3db7fcafe0cbd10e8e826e03436d646aaef87b2e247d4af1e",
    ),
    y: U384::from_be_hex(
        "8abe1d7520f9c2a45cb1eb8e95cfd55262b70b29feec5864e19c054ff99129280e4646217791811142820341263c5315",
    ),
    n: U384::from_be_hex(
        "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565",
    ),
};

/// brainpoolP512r1 (RFC 5639 §3).
pub(crate) const BRAINPOOL_P512R1: Domain<{ U512::LIMBS }> = Domain {
    bytes: 64,
    p: U512::from_be_hex(
        "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3",
    ),
    a: U512::from_be_hex(
        "7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94ca",
    ),
    b: U512::from_be_hex(
        "3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2809bd638016f723",
    ),
    x: U512::from_be_hex(
        "81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098eff3b1f78e2d0d48d50d1687b93b97d5f7c6d5047406a5e688b352209bcb9f822",
    ),
    y: U512::from_be_hex(
        "7dde385d566332ecc0eabfa9cf7822fdf209f70024a57b1aa000c55b881f8111b2dcde494a5f485e5bca4bd88a2763aed1ca2b2fa8f0540678cd1e0f3ad80892",
    ),
    n: U512::from_be_hex(
        "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069",
    ),
};
