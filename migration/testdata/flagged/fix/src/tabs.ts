import fs from 'fs'
import { AzureOpenAI } from 'openai'
import type { X } from './x'
import 'dotenv/config'

const endpoint = process.env.E as string
const apiKey = process.env.AZURE_OPENAI_API_KEY as string

export class A {
	private client: AzureOpenAI
	constructor(cfg: { apiKey: string }) {
		this.client = new AzureOpenAI(
			{
				endpoint,
				apiKey,
				apiVersion: '2024-10-21',
			},
		)
	}
}
