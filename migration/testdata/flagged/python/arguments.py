import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--openai-api-key", help="the key of the account")
parser.add_argument("--model", default="gpt-4o")
