package main

import (
	"github.com/pulumi/pulumi-azure-native-sdk/cognitiveservices/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func export(ctx *pulumi.Context, account *cognitiveservices.Account, group pulumi.StringInput) {
	keys := cognitiveservices.ListAccountKeysOutput(ctx, cognitiveservices.ListAccountKeysOutputArgs{
		AccountName:       account.Name,
		ResourceGroupName: group,
	})
	ctx.Export("modelKey", keys.Key1())
}
