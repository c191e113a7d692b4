"""What the built program does before its first module: other programs that it starts find their own libraries."""

import os
import sys

for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):  # which PyInstaller sets for this process alone
    before = os.environ.pop(f"{name}_ORIG", None)
    os.environ.pop(name, None)
    if before is not None:
        os.environ[name] = before

# The certificates lie elsewhere than on the system it was built on.
CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem")

if sys.platform.startswith("linux") and "SSL_CERT_FILE" not in os.environ:
    for file in filter(os.path.exists, CERTIFICATES):
        os.environ["SSL_CERT_FILE"] = file
        break
