import streamlit as st
from openai import OpenAI

client = OpenAI(api_key=st.secrets["OPENAI_API_KEY"])
backup = st.secrets.openai_api_key
third = st.secrets["openai"]["api_key"]
