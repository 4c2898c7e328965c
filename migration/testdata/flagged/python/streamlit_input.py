import streamlit as st
from langchain_openai import ChatOpenAI

entered = st.sidebar.text_input("Key", type="password")
if entered:
    llm = ChatOpenAI(model="gpt-4o", openai_api_key=entered)
