const { AzureOpenAI } = require("openai");
require("dotenv").config();
const express = require("express");

const app = express();
const client = new AzureOpenAI();
const two = new AzureOpenAI({ apiVersion: "x" /* old */ });
