#ifndef CSPARROW_H
#define CSPARROW_H
#endif
