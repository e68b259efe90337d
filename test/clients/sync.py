"""`aws s3 sync`, for a comparison: `python sync.py ENDPOINT FROM TO...`, with pairs of a source and a target."""

import os
import sys

from awscli.clidriver import create_clidriver

os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_EC2_METADATA_DISABLED="true",
    NO_PROXY="*",
)

_, endpoint, *pairs = sys.argv
for source, target in zip(pairs[::2], pairs[1::2]):
    status = create_clidriver().main(
        ["--endpoint-url", endpoint, "s3", "sync", "--only-show-errors", source, target]
    )
    if status != 0:
        sys.exit(status)
