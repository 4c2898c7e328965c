import logging
import os

logging.info(f"key there: {'yes' if os.getenv('OPENAI_API_KEY') else 'no'}")
