"""botocore as a second judge of the wire: it signs, sends and reads. Run it with a Python that has boto3 and requests:

    python judge.py node --conditions=@effect-aws-sdk/source server.ts
"""
import base64
import datetime
import json
import subprocess
import sys
import urllib.request

import boto3
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

SERVER = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
PORT = int(SERVER.stdout.readline())
URL = f"http://127.0.0.1:{PORT}"
TEXT = 'ünï <&> "q" 世界'
TIME = datetime.datetime(2025, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
CHECKS = 0


def client(name, **config):
    config = Config(retries={"total_max_attempts": 1}, **config)
    return boto3.client(
        name,
        region_name="eu-west-1",
        endpoint_url=URL,
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        config=config,
    )


def last():
    with urllib.request.urlopen(f"{URL}/_last") as response:
        return json.load(response)


def same(actual, expected, what):
    global CHECKS
    CHECKS += 1
    assert actual == expected, f"{what}: {str(actual)[:500]!r} is not {str(expected)[:500]!r}"


def sent(operation, expected, **others):
    """The input of the last call, as the wire has read it."""
    call = last()
    same(call["operation"], operation, "operation")
    same(call["unknown"], [], f"unknown members of {operation}")
    same(call["isVerified"], True, f"signature of {operation}")
    for name, value in expected.items():
        same(call["input"].get(name), value, f"{operation}.{name}")
    for name, value in others.items():
        same(call[name], value, f"{name} of {operation}")


def fails(call, code, status, message=TEXT, **others):
    try:
        call()
    except ClientError as error:
        same(error.response["Error"]["Code"], code, "code")
        if message is not None:
            same(error.response["Error"]["Message"], message, "message")
        same(error.response["ResponseMetadata"]["HTTPStatusCode"], status, "status")
        same(error.response["ResponseMetadata"]["RequestId"] in ("request-1",), True, "request id")
        for name, value in others.items():
            same(error.response.get(name, error.response["Error"].get(name)), value, name)
        return
    raise AssertionError(f"no {code}")


def s3():
    s3 = client("s3", s3={"addressing_style": "path"})
    page = s3.list_objects_v2(Bucket="bucket-1", Prefix=TEXT, MaxKeys=5)
    sent("ListObjectsV2", {"Bucket": "bucket-1", "Prefix": TEXT, "MaxKeys": 5})
    same([o["Key"] for o in page["Contents"]], [TEXT, "b"], "keys")
    same(page["Contents"][0]["LastModified"], TIME, "LastModified")
    same(page["CommonPrefixes"], [{"Prefix": "p/"}], "CommonPrefixes")
    key = "a+b c/%ü//?#&"
    got = s3.get_object(Bucket="bucket-1", Key=key, IfModifiedSince=TIME)
    sent("GetObject", {"Key": key, "IfModifiedSince": "2025-01-02T03:04:05.000Z"})
    same(got["Body"].read().decode(), TEXT, "Body")
    same((got["Metadata"], got["LastModified"], got["ETag"]), ({"a": "b"}, TIME, '"e"'), "headers")
    body = TEXT.encode() * 10_000
    s3.put_object(Bucket="bucket-1", Key=key, Body=body, Metadata={"x": "y z"}, Tagging="a=b")
    encoded = base64.b64encode(body).decode()
    sent("PutObject", {"Key": key, "Body": {"bytes": encoded}, "Metadata": {"x": "y z"}, "Tagging": "a=b"})
    same([n for n in last()["input"] if n.startswith("Checksum") and n != "ChecksumAlgorithm"], ["ChecksumCRC32"], "sum")
    s3.delete_objects(Bucket="bucket-1", Delete={"Objects": [{"Key": TEXT}, {"Key": "b"}], "Quiet": True})
    sent("DeleteObjects", {"Delete": {"Objects": [{"Key": TEXT}, {"Key": "b"}], "Quiet": True}})
    rules = [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "p"}, "Expiration": {"Date": TIME}}]
    s3.put_bucket_lifecycle_configuration(Bucket="bucket-1", LifecycleConfiguration={"Rules": rules})
    rules[0]["Expiration"]["Date"] = "2025-01-02T03:04:05.000Z"
    sent("PutBucketLifecycleConfiguration", {"LifecycleConfiguration": {"Rules": rules}})
    s3.upload_part(Bucket="bucket-1", Key="k", PartNumber=3, UploadId="u", Body=b"part")
    sent("UploadPart", {"PartNumber": 3, "UploadId": "u"})
    s3.copy_object(Bucket="bucket-1", Key="k", CopySource={"Bucket": "b", "Key": key})
    sent("CopyObject", {"Key": "k"})
    same(s3.get_bucket_location(Bucket="bucket-1")["LocationConstraint"], "eu-west-1", "location")
    fails(lambda: s3.head_object(Bucket="bucket-1", Key="k"), "404", 404, message=None)
    fails(lambda: s3.get_bucket_tagging(Bucket="bucket-1"), "NoSuchTagSet", 404, BucketName="b")
    presigner = client("s3", signature_version="s3v4", s3={"addressing_style": "path"})
    url = presigner.generate_presigned_url("get_object", {"Bucket": "bucket-1", "Key": key}, ExpiresIn=60)
    with urllib.request.urlopen(url) as response:
        same(response.read().decode(), TEXT, "presigned body")
    sent("GetObject", {"Key": key})


def forms():
    s3 = client("s3", signature_version="s3v4", s3={"addressing_style": "path"})

    def post(fields=None, conditions=None, file=("ü+ .txt", "content"), **altered):
        names = conditions or [{name: value} for name, value in (fields or {}).items()]
        form = s3.generate_presigned_post("bucket-1", "dir/${filename}", fields, names, ExpiresIn=60)
        return requests.post(form["url"], {**form["fields"], **altered}, files={"file": file}, allow_redirects=False)

    done = post({"acl": "private", "x-amz-meta-Test": "a b", "Content-Type": "text/x"})
    same((done.status_code, done.headers["ETag"], done.text), (204, '"e"', ""), "answer to a form")
    body = {"bytes": base64.b64encode(b"content").decode()}
    expected = {"Bucket": "bucket-1", "Key": "dir/ü+ .txt", "ACL": "private", "ContentType": "text/x", "Body": body}
    sent("PutObject", {**expected, "Metadata": {"test": "a b"}})
    created = post({"success_action_status": "201"})
    same((created.status_code, created.headers["Content-Type"]), (201, "application/xml"), "a created object")
    same("<Key>dir/ü+ .txt</Key>" in created.content.decode(), True, "its key")
    moved = post({"success_action_redirect": "http://example.test/"})
    same(moved.status_code, 303, "a redirect")
    same(moved.headers["Location"].startswith("http://example.test/?bucket=bucket-1&key=dir%2F"), True, "its address")
    large = post(conditions=[["content-length-range", 1, 5]])
    same((large.status_code, "<Code>EntityTooLarge</Code>" in large.text), (400, True), "a file that is too large")
    altered = post(policy="e30=")
    same((altered.status_code, "<Code>SignatureDoesNotMatch</Code>" in altered.text), (403, True), "an altered policy")
    extra = post(acl="private")
    same((extra.status_code, "Extra input fields: acl" in extra.text), (403, True), "a field without a condition")


def query():
    ec2 = client("ec2")
    filters = [{"Name": "tag:k", "Values": [TEXT, "b"]}]
    vpcs = ec2.describe_vpcs(Filters=filters, VpcIds=["vpc-1"], DryRun=False)["Vpcs"]
    sent("DescribeVpcs", {"Filters": filters, "VpcIds": ["vpc-1"], "DryRun": False}, protocol="ec2Query")
    same(vpcs, [{"VpcId": "vpc-1", "IsDefault": True, "Tags": [{"Key": "k", "Value": TEXT}]}], "vpcs")
    ec2.run_instances(MinCount=1, MaxCount=2, UserData="data", BlockDeviceMappings=[{"Ebs": {"VolumeSize": 8}}])
    sent("RunInstances", {"MaxCount": 2, "BlockDeviceMappings": [{"Ebs": {"VolumeSize": 8}}]})
    fails(lambda: ec2.describe_subnets(), "InvalidSubnetID.NotFound", 400)
    iam = client("iam")
    role = iam.get_role(RoleName=TEXT)["Role"]
    sent("GetRole", {"RoleName": TEXT}, protocol="awsQuery")
    same((role["RoleName"], role["CreateDate"], role["Tags"]), (TEXT, TIME, [{"Key": "k", "Value": ""}]), "role")
    iam.tag_role(RoleName="r", Tags=[{"Key": TEXT, "Value": ""}])
    sent("TagRole", {"Tags": [{"Key": TEXT, "Value": ""}]})
    iam.tag_role(RoleName="r", Tags=[])
    sent("TagRole", {"Tags": []})
    fails(lambda: iam.get_user(UserName="u"), "NoSuchEntity", 404)
    client("sts").get_caller_identity()
    sent("GetCallerIdentity", {}, protocol="awsQuery")


def secrets():
    secrets = client("secretsmanager")
    value = secrets.get_secret_value(SecretId="s", VersionStage="AWSCURRENT")
    sent("GetSecretValue", {"SecretId": "s", "VersionStage": "AWSCURRENT"}, protocol="awsJson1_1")
    same((value["SecretString"], value["SecretBinary"], value["CreatedDate"]), (TEXT, b"x", TIME), "secret")
    call = {"Name": "s", "SecretBinary": b"\x00\xff", "Tags": [{"Key": TEXT, "Value": ""}]}
    fails(lambda: secrets.create_secret(**call), "ResourceExistsException", 400)
    sent("CreateSecret", {**call, "SecretBinary": {"bytes": "AP8="}})


def configurations():
    appconfig, sessions = client("appconfig"), client("appconfigdata")
    version = appconfig.create_hosted_configuration_version(
        ApplicationId="a", ConfigurationProfileId="p", Content=TEXT.encode(), ContentType="text/x", VersionLabel="v1"
    )
    body = {"bytes": base64.b64encode(TEXT.encode()).decode()}
    expected = {"ApplicationId": "a", "ConfigurationProfileId": "p", "ContentType": "text/x", "VersionLabel": "v1"}
    sent("CreateHostedConfigurationVersion", {**expected, "Content": body}, protocol="restJson1")
    same((version["VersionNumber"], version["Content"].read().decode()), (2, TEXT), "version")
    deployment = appconfig.get_deployment(ApplicationId="a", EnvironmentId="e", DeploymentNumber=1)
    sent("GetDeployment", {"EnvironmentId": "e", "DeploymentNumber": 1})
    same((deployment["PercentageComplete"], deployment["StartedAt"]), (12.5, TIME), "deployment")
    arn = "arn:aws:appconfig:eu-west-1:123456789012:application/a"
    appconfig.untag_resource(ResourceArn=arn, TagKeys=["a", TEXT])
    sent("UntagResource", {"ResourceArn": arn, "TagKeys": ["a", TEXT]})
    latest = sessions.get_latest_configuration(ConfigurationToken="t+/=")
    sent("GetLatestConfiguration", {"ConfigurationToken": "t+/="}, protocol="restJson1")
    same((latest["Configuration"].read().decode(), latest["NextPollIntervalInSeconds"]), (TEXT, 60), "configuration")
    session = {name: "a" for name in ("ApplicationIdentifier", "EnvironmentIdentifier", "ConfigurationProfileIdentifier")}
    found = {"ResourceType": "Application", "ReferencedBy": {"ApplicationIdentifier": "a"}}
    fails(lambda: sessions.start_configuration_session(**session), "ResourceNotFoundException", 404, **found)
    sent("StartConfigurationSession", session)


def data():
    ssm = client("ssm")
    parameter = ssm.get_parameter(Name="/p", WithDecryption=True)["Parameter"]
    sent("GetParameter", {"Name": "/p", "WithDecryption": True}, protocol="awsJson1_1")
    same((parameter["Value"], parameter["Version"]), (TEXT, 2**40), "parameter")
    same(parameter["LastModifiedDate"].timestamp(), 1.5, "LastModifiedDate")
    fails(lambda: ssm.put_parameter(Name="/p", Value="v", Type="String"), "ParameterAlreadyExists", 400)
    dynamodb = client("dynamodb")
    item = dynamodb.get_item(TableName="t", Key={"a": {"B": b"\x00\xff"}})["Item"]
    sent("GetItem", {"Key": {"a": {"B": {"bytes": "AP8="}}}}, protocol="awsJson1_0")
    same(item, {"a": {"S": TEXT}, "b": {"N": "1.5"}, "c": {"B": b"x"}, "d": {"L": [{"NULL": True}]}}, "item")
    # botocore compares each body with its checksum where the answer has one.
    same("x-amz-crc32" in dynamodb.get_item(TableName="t", Key={})["ResponseMetadata"]["HTTPHeaders"], True, "checksum")
    fails(lambda: dynamodb.put_item(TableName="t", Item={}), "ConditionalCheckFailedException", 400)
    functions = client("lambda")
    invoked = functions.invoke(FunctionName="f", Payload=b"{}", InvocationType="Event")
    sent("Invoke", {"FunctionName": "f", "InvocationType": "Event", "Payload": {"bytes": "e30="}}, protocol="restJson1")
    same((invoked["Payload"].read(), invoked["LogResult"]), (b'{"a":1}', "bG9n"), "invoked")
    fails(lambda: functions.get_function(FunctionName="f"), "ResourceNotFoundException", 404, Type="User")
    cloudwatch = client("cloudwatch")
    metrics = cloudwatch.list_metrics(Dimensions=[{"Name": "n"}])["Metrics"]
    sent("ListMetrics", {"Dimensions": [{"Name": "n"}]})
    same(metrics, [{"Namespace": "n", "MetricName": TEXT, "Dimensions": []}], "metrics")
    points = cloudwatch.get_metric_statistics(
        Namespace="n", MetricName="m", StartTime=TIME, EndTime=TIME, Period=60
    )["Datapoints"]
    sent("GetMetricStatistics", {"StartTime": "2025-01-02T03:04:05.000Z", "Period": 60})
    same(points, [{"Timestamp": TIME, "Average": 1.25}], "points")
    values = [{"MetricName": f"metric-{i}", "Value": i + 0.5} for i in range(500)]
    cloudwatch.put_metric_data(Namespace="n", MetricData=values)
    sent("PutMetricData", {"MetricData": values})
    fails(lambda: cloudwatch.get_dashboard(DashboardName="d"), "ResourceNotFound", 404)
    return last()["protocol"]


try:
    s3()
    forms()
    query()
    secrets()
    configurations()
    protocol = data()
    print(f"{CHECKS} checks, boto3 {boto3.__version__}, CloudWatch in {protocol}")
finally:
    SERVER.stdin.close()
    SERVER.wait(10)
