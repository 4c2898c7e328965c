'use strict'
const { AzureOpenAI } = require('openai')
const { readFileSync } = require('node:fs')

const key = process.env.AZURE_OPENAI_API_KEY

module.exports = new AzureOpenAI({
  endpoint: process.env.AZURE_OPENAI_ENDPOINT,
  apiKey: key, // rotated by hand
  apiVersion: '2024-10-21'
})
module.exports.prompt = readFileSync('prompt.txt', 'utf8')
