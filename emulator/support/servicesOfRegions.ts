// The services that programs use most, and the regions that have them, by AWS's public parameters below
// /aws/service/global-infrastructure/services in November 2026. A line that begins with more spaces continues the one before.

const table = `
  accessanalyzer | AWS IAM Access Analyzer | all
  acm | AWS Certificate Manager (ACM) | all
  acm-pca | AWS Private Certificate Authority | all
  apigateway | Amazon API Gateway | all
  apigatewayv2 | Amazon API Gateway V2 | all
  appconfig | Amazon AppConfig | all
  appconfigdata | AppConfigData | all
  application-autoscaling | AWS Auto Scaling | all but ap-east-2 ap-south-2 ap-southeast-4 ap-southeast-5 ap-southeast-6
    ap-southeast-7 ca-west-1 eu-central-2 eu-south-2 il-central-1 me-central-1 mx-central-1
  apprunner | AWS App Runner | ap-northeast-1 ap-south-1 ap-southeast-1 ap-southeast-2 eu-central-1 eu-west-1 eu-west-2 eu-west-3
    us-east-1 us-east-2 us-west-2
  appsync | AWS AppSync | all but ap-east-2 ap-southeast-6 mx-central-1 us-gov-east-1 us-gov-west-1
  athena | Amazon Athena | all
  autoscaling | Amazon EC2 Auto Scaling | all
  backup | AWS Backup | all
  batch | AWS Batch | all
  bedrock | Amazon Bedrock | all but ap-east-1 cn-north-1 cn-northwest-1
  cloudformation | AWS CloudFormation | all
  cloudfront | Amazon CloudFront | all but us-gov-east-1 us-gov-west-1
  cloudtrail | AWS CloudTrail | all
  cloudwatch | Amazon CloudWatch | all
  codeartifact | AWS CodeArtifact | ap-northeast-1 ap-south-1 ap-southeast-1 ap-southeast-2 eu-central-1 eu-north-1 eu-south-1
    eu-west-1 eu-west-2 eu-west-3 us-east-1 us-east-2 us-west-2
  codebuild | AWS CodeBuild | all but ap-east-2 ca-west-1 mx-central-1
  codecommit | AWS CodeCommit | all but ap-east-2 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-2
    eu-south-2 mx-central-1
  codedeploy | AWS CodeDeploy | all
  codepipeline | AWS CodePipeline | all but ap-east-2 ap-southeast-7 ca-west-1 mx-central-1
  cognito-identity | Amazon Cognito | all but cn-northwest-1
  cognito-idp | Amazon Cognito Identity User Pools | all but cn-north-1 cn-northwest-1
  config | AWS Config | all
  controltower | AWS Control Tower | all but cn-north-1 cn-northwest-1
  directconnect | AWS Direct Connect | all
  docdb | Amazon DocumentDB (with MongoDB compatibility) | all but ap-east-2 ap-southeast-6 me-south-1 us-west-1
  dynamodb | Amazon DynamoDB | all
  dynamodbstreams | Amazon DynamoDB Streams | all
  ebs | Amazon Elastic Block Store (EBS) | all
  ec2 | Amazon Elastic Compute Cloud (EC2) | all
  ecr | Amazon Elastic Container Registry (ECR) | all
  ecs | Amazon Elastic Container Service (ECS) | all
  efs | Amazon Elastic File System (EFS) | all
  eks | Amazon Elastic Kubernetes Service (EKS) | all
  elasticache | Amazon ElastiCache | all
  elasticbeanstalk | AWS Elastic Beanstalk | all but ap-east-2 mx-central-1
  elb | Elastic Load Balancing (ELB) | all
  emr | Amazon Elastic MapReduce (EMR) | all
  es | Amazon OpenSearch Service | all
  eventbridge | Amazon EventBridge | all
  events | Amazon CloudWatch Events | all
  fargate | AWS Fargate | all
  firehose | Amazon Data Firehose | all
  fsx | Amazon FSx | all
  glacier | Amazon Glacier | all but ap-east-2 ap-south-2 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1
    eu-central-2 eu-south-2 il-central-1 me-central-1 mx-central-1
  glue | AWS Glue | all
  guardduty | Amazon GuardDuty | all
  iam | AWS Identity and Access Management (IAM) | all
  inspector2 | Amazon Inspector | all but ap-southeast-6
  iot | AWS IoT Core | all but af-south-1 ap-east-2 ap-northeast-3 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-6
    ap-southeast-7 ca-west-1 eu-central-2 mx-central-1
  kafka | Amazon Managed Streaming for Apache Kafka (MSK) | all
  kinesis | Amazon Kinesis Data Streams | all
  kms | AWS Key Management Service (KMS) | all
  lakeformation | AWS Lake Formation | all
  lambda | AWS Lambda | all
  lightsail | Amazon Lightsail | all but af-south-1 ap-east-2 ap-northeast-3 ap-south-2 ap-southeast-4 ap-southeast-6 ap-southeast-7
    ca-west-1 cn-north-1 cn-northwest-1 eu-central-2 eu-south-1 il-central-1 me-central-1 me-south-1 mx-central-1 us-gov-east-1
    us-gov-west-1 us-west-1
  logs | Amazon CloudWatch Logs | all
  macie | Amazon Macie | all but ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
    ca-west-1 cn-north-1 cn-northwest-1 eu-central-2 eu-south-2 me-central-1 mx-central-1 us-gov-east-1 us-gov-west-1
  memorydb | Amazon MemoryDB | all but af-south-1 ap-east-2 ap-northeast-3 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5
    ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-2 il-central-1 me-central-1 me-south-1 mx-central-1
  mq | Amazon MQ | all
  mwaa | Amazon Managed Workflows for Apache Airflow (MWAA) | all but ap-east-2 ap-southeast-6 mx-central-1 us-gov-east-1
    us-gov-west-1
  neptune | Amazon Neptune | all but ap-east-2 ap-southeast-6 ap-southeast-7 eu-south-1 mx-central-1
  network-firewall | AWS Network Firewall | all
  opensearchserverless | Amazon OpenSearch Serverless | all but af-south-1 ap-east-2 ap-southeast-3 ap-southeast-4 ap-southeast-5
    ap-southeast-6 ap-southeast-7 ca-west-1 cn-north-1 cn-northwest-1 il-central-1 me-central-1 me-south-1 mx-central-1
  organizations | AWS Organizations | all
  osis | Amazon OpenSearch Ingestion Service | all but af-south-1 ap-east-1 ap-east-2 ap-northeast-3 ap-south-2 ap-southeast-3
    ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1 cn-north-1 cn-northwest-1 eu-central-2 eu-south-1 il-central-1
    me-central-1 me-south-1 mx-central-1
  pipes | AWS Events Pipes | all but ap-east-2 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1 il-central-1
    mx-central-1 us-gov-east-1 us-gov-west-1
  ram | AWS Resource Access Manager (RAM) | all
  rds | Amazon Relational Database Service (RDS) | all
  redshift | Amazon Redshift | all
  resource-groups | AWS Resource Groups | all
  resourcegroupstaggingapi | AWS Resource Groups Tagging API | all
  route53 | Amazon Route 53 | all
  route53resolver | Amazon Route 53 Resolver | all
  s3 | Amazon Simple Storage Service (S3) | all
  s3control | AWS S3 Control | all but ap-east-2 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1 mx-central-1
  sagemaker | Amazon SageMaker AI | all
  scheduler | Scheduler | all
  secretsmanager | AWS Secrets Manager | all
  securityhub | AWS Security Hub | all
  service-quotas | Service Quotas | all
  servicecatalog | AWS Service Catalog | all but ap-east-2 ap-southeast-5 ap-southeast-7 mx-central-1
  servicediscovery | AWS Cloud Map | all
  ses | Amazon Simple Email Service (SES) | all but ap-east-1 ap-east-2 ap-southeast-4 ap-southeast-6 ap-southeast-7 cn-north-1
    cn-northwest-1 eu-south-2 mx-central-1
  sns | Amazon Simple Notification Service (SNS) | all
  sqs | Amazon Simple Queue Service (SQS) | all
  ssm | AWS Systems Manager | all
  stepfunctions | AWS Step Functions | all
  storagegateway | AWS Storage Gateway | all
  sts | AWS Security Token Service | all
  synthetics | Amazon CloudWatch Synthetics | all
  transfer | AWS Transfer Family | all
  transitgateway | AWS Transit Gateway | all
  vpc | Amazon Virtual Private Cloud (VPC) | all
  vpc-lattice | Amazon VPC Lattice | all but ap-east-2 ap-southeast-6 ap-southeast-7 cn-north-1 cn-northwest-1 il-central-1
    us-gov-east-1 us-gov-west-1
  waf | AWS WAF | all
  workspaces | Amazon WorkSpaces | all but ap-east-1 ap-east-2 ap-northeast-3 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-6
    ap-southeast-7 ca-west-1 cn-north-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 me-central-1 me-south-1 mx-central-1 us-west-1
  xray | AWS X-Ray | all
`

export interface RegionalService {
  readonly id: string
  readonly name: string
  readonly isIn: (region: string) => boolean
}

export const regionalServices: ReadonlyArray<RegionalService> = table.trim().replace(/\n {4,}/g, " ").split("\n").map(
  (line) => {
    const [id = "", name = "", where = ""] = line.split("|").map((part) => part.trim())
    const regions = new Set(where.replace(/^all( but)?/, "").split(" "))
    return { id, name, isIn: (region) => regions.has(region) !== where.startsWith("all") }
  }
)
