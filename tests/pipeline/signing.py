"""Pictures with real C2PA manifests, signed with certificates that are made on the spot."""

import datetime
import io
import json
from dataclasses import dataclass
from functools import cache

from c2pa import Builder, C2paSignerInfo, Signer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/"


@dataclass(frozen=True)
class Authority:
    """A root certificate, and the chain and key of somebody whom it vouches for; all in PEM."""

    root: bytes
    chain: bytes
    key: bytes


def certify(name, key, issuer=None, issuer_key=None):
    names = [(NameOID.COMMON_NAME, f"{name} certificate"), (NameOID.ORGANIZATION_NAME, name)]
    subject = x509.Name([x509.NameAttribute(*each) for each in names])
    uses = dict.fromkeys(
        ["content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only"], False
    )
    root = issuer is None
    builder = (
        x509.CertificateBuilder(subject_name=subject, issuer_name=subject if root else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2020, 1, 1))
        .not_valid_after(datetime.datetime(2090, 1, 1))
        .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=not root, key_cert_sign=root, crl_sign=root, decipher_only=False, **uses),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if not root:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
        builder = builder.add_extension(identifier, critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(issuer_key or key, hashes.SHA256())


@cache
def make_authority():
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    root = certify("Acme Root", keys[0])
    leaf = certify("Acme Cameras", keys[1], root, keys[0])
    pem = serialization.Encoding.PEM
    key = keys[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Authority(root.public_bytes(pem), leaf.public_bytes(pem) + root.public_bytes(pem), key)


def sign(data, media_type, source_type="digitalCreation", remote=None):
    """Sign a picture whose manifest says how it was made; with ``remote``, the manifest is only linked to."""
    action = {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE + source_type}
    manifest = {
        "claim_generator_info": [{"name": "tests", "version": "1"}],
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
    }
    authority, signed = make_authority(), io.BytesIO()
    info = C2paSignerInfo(alg=b"es256", sign_cert=authority.chain, private_key=authority.key, ta_url=None)
    with Builder.from_json(json.dumps(manifest)) as builder:
        if remote:
            builder.set_no_embed()
            builder.set_remote_url(remote)
        builder.sign(Signer.from_info(info), media_type, io.BytesIO(data), signed)
    return signed.getvalue()
