// Package setup writes what makes a repository keyless, and runs none of it: an
// identity in Microsoft Entra, a federated credential for each subject that its
// jobs have, a role at the resource and nowhere else, keys turned off, GitHub
// variables with the ids, and a workflow.
//
// A [Plan] says what is wanted, and [Plan.Write] writes it as a script for the
// Azure CLI or PowerShell, as Bicep, or for Terraform. There is one template for
// each; every value in it goes through the quoting of its language.
package setup
