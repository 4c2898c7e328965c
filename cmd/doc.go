// Package cmd is the program: its subcommands, and the one place that knows
// both what a user may say (inputs of the action, flags, the environment) and
// the packages that do the work.
//
// Every subcommand's inputs are the fields of one struct. Flags, defaults and
// help come from its tags; the same names are read from INPUT_<NAME> as the
// runner passes them to a container action, and some from the Azure SDK's
// environment variables. action.yml and the tables in the README are compared
// with it by a test.
package cmd
